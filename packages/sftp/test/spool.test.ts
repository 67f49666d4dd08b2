// Bringing a snapshot to the local disk, from a real SFTP server and through connections that fail.
import { createHash, randomBytes } from "node:crypto";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FreshSftp, freshSftp } from "../../../tests/support/index.ts";
import {
  FileChanged,
  type Inbox,
  type InboxFile,
  type InboxOptions,
  readSnapshotRows,
  spoolFile,
  withInbox,
} from "../src/index.ts";
import { silentLog } from "./support/log.ts";
import { spoolWhole } from "./support/spool-whole.ts";

const bytesMax = 64 * 1024 * 1024;
const content = randomBytes(5 * 1024 * 1024);
let server: FreshSftp;
let options: InboxOptions;
let dir: string;
beforeAll(async () => {
  server = await freshSftp();
  options = { url: server.url, hostKeySha256: [server.hostKeySha256] };
});
afterAll(() => server.drop());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "inventory-sync-spool-"));
  await server.putSnapshot("a.csv", content);
  return () => rm(dir, { recursive: true });
});

const remote = (): string => join(server.root, "incoming", "a.csv");
const withFile = <T>(
  work: (inbox: Inbox, file: InboxFile) => Promise<T>,
  changes: Partial<InboxOptions> = {},
): Promise<T> =>
  withInbox({ ...options, ...changes }, silentLog, async (inbox) => {
    const file = await inbox.stat("a.csv");
    if (!file) throw new Error("a.csv is not there");
    return work(inbox, file);
  });

test("the local copy has the same bytes, their hash, no reader but its owner, and is removed when done", async () => {
  const seen: number[] = [];
  const spooled = await withFile((inbox, file) =>
    spoolWhole(inbox, file, { dir, bytesMax, onProgress: (bytes) => seen.push(bytes) }),
  );
  expect(spooled).toMatchObject({ bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") });
  expect((await readFile(spooled.path)).equals(content)).toBe(true);
  expect((await stat(spooled.path)).mode & 0o777).toBe(0o600);
  expect(seen.at(-1)).toBe(content.length);
  await spooled.dispose();
  await spooled.dispose();
  expect(await readdir(dir)).toEqual([]);
});

const csv = `sku,qty\n${Array.from({ length: 400_000 }, (_, n) => `A-${n},1\n`).join("")}`;

test("the rows of a file are read while the rest of it is on its way", async () => {
  await server.putSnapshot("a.csv", csv);
  await withFile(async (inbox, file) => {
    const path = join(dir, "arriving");
    let goOn = (): void => undefined;
    const untilRead = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    // The second piece is handed on once rows of the first were read.
    async function* slowly(): AsyncGenerator<Buffer> {
      let pieces = 0;
      for await (const piece of inbox.open(file) as AsyncIterable<Buffer>) {
        if (pieces++ === 1) await untilRead;
        yield piece;
      }
    }
    const open = () => Readable.from(slowly());
    const spool = await spoolFile({ open, stat: inbox.stat }, file, { path, bytesMax });
    const rows = await readSnapshotRows(path, { arrived: spool.arrived });
    for await (const _ of rows) goOn();
    expect(rows.rowCount).toBe(400_000);
    expect(await spool.sha256).toBe(createHash("sha256").update(csv).digest("hex"));
    await spool.dispose();
  });
});

test("who reads the rows of a file that changes on its way is told so, and never that they ended", async () => {
  await server.putSnapshot("a.csv", csv);
  let changing: Promise<void> | undefined;
  const onProgress = () => {
    changing ??= truncate(remote(), 2 * 1024 * 1024);
  };
  await withFile(async (inbox, file) => {
    const path = join(dir, "arriving");
    const spool = await spoolFile(inbox, file, { path, bytesMax, onProgress });
    const reading = (async () => {
      for await (const _ of await readSnapshotRows(path, { arrived: spool.arrived }));
    })();
    await expect(reading).rejects.toMatchObject({ code: "FILE_CHANGED" });
    await changing;
    await spool.dispose();
  });
  expect(await readdir(dir)).toEqual([]);
});

test("an empty file is brought too: that it is empty is for the reader to say", async () => {
  await server.putSnapshot("a.csv", "");
  expect(await withFile((inbox, file) => spoolWhole(inbox, file, { dir, bytesMax }))).toMatchObject({ bytes: 0 });
});

test("a file over the limit is refused before a byte is read", async () => {
  const spooling = withFile((inbox, file) =>
    spoolWhole(inbox, file, { dir: join(dir, "unused"), bytesMax: content.length - 1 }),
  );
  await expect(spooling).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
  expect(await readdir(dir)).toEqual([]);
});

test.each([
  ["grown since it was listed", () => appendFile(remote(), "more")],
  ["truncated since it was listed", () => truncate(remote(), 1024 * 1024)],
])("a file that has %s is left for later, and nothing stays on the disk", async (_, change) => {
  const spooling = withFile(async (inbox, file) => {
    await change();
    return spoolWhole(inbox, file, { dir, bytesMax });
  });
  await expect(spooling).rejects.toBeInstanceOf(FileChanged);
  await expect(spooling).rejects.toMatchObject({ code: "FILE_CHANGED" });
  expect(await readdir(dir)).toEqual([]);
});

test("a file that is truncated, or grows, while it is read is left for later", async () => {
  for (const change of [
    () => truncate(remote(), 4 * 1024 * 1024),
    () => appendFile(remote(), randomBytes(9_000_000)),
  ]) {
    await server.putSnapshot("a.csv", content);
    let changing: Promise<void> | undefined;
    const onProgress = () => {
      changing ??= change();
    };
    const spooling = withFile((inbox, file) => spoolWhole(inbox, file, { dir, bytesMax, onProgress }));
    await expect(spooling).rejects.toMatchObject({ code: "FILE_CHANGED" });
    await changing;
  }
  expect(await readdir(dir)).toEqual([]);
});

test("a connection cut in the middle fails in words, and nothing stays on the disk", async () => {
  const spooling = withFile((inbox, file) =>
    spoolWhole(inbox, file, { dir, bytesMax, onProgress: () => server.dropConnections() }),
  );
  await expect(spooling).rejects.toMatchObject({
    name: "SftpFailure",
    kind: "unreachable",
    message: expect.stringContaining("read /incoming/a.csv"),
  });
  expect(await readdir(dir)).toEqual([]);
});

test("a server that freezes in the middle is given up after the stall limit", async () => {
  const line = await freezingLine(server.port);
  const url = server.url.replace(`:${server.port}`, `:${line.port}`);
  const spooling = withFile((inbox, file) => spoolWhole(inbox, file, { dir, bytesMax, onProgress: line.freeze }), {
    url,
    limits: { stallMs: 500, endDeadlineMs: 200 },
  });
  await expect(spooling).rejects.toMatchObject({
    kind: "deadline",
    message: expect.stringMatching(/read .incoming.a\.csv \(no bytes came\).*500 ms/),
  });
  expect(await readdir(dir)).toEqual([]);
  line.close();
});

test("a request to a server that has frozen fails by its own deadline, and by keepalive when that comes first", async () => {
  for (const [limits, kind] of [
    [{ requestDeadlineMs: 400 }, "deadline"],
    [{ keepaliveIntervalMs: 100, keepaliveCountMax: 2 }, "unreachable"],
  ] as const) {
    const line = await freezingLine(server.port);
    const url = server.url.replace(`:${server.port}`, `:${line.port}`);
    const listing = withInbox(
      { ...options, url, limits: { ...limits, endDeadlineMs: 200 } },
      silentLog,
      async (inbox) => {
        await inbox.list();
        line.freeze();
        return inbox.list();
      },
    );
    await expect(listing).rejects.toMatchObject({ kind });
    line.close();
  }
});

test("a folder that does not exist yet is made", async () => {
  const deeper = join(dir, "a", "b");
  const spooled = await withFile((inbox, file) => spoolWhole(inbox, file, { dir: deeper, bytesMax }));
  expect(await readdir(deeper)).toHaveLength(1);
  await mkdir(deeper, { recursive: true });
  await spooled.dispose();
});

/** A line to the server that can be frozen: connections stay open and nothing passes any more. */
async function freezingLine(serverPort: number) {
  let frozen = false;
  const sockets: Socket[] = [];
  const line = createServer((near) => {
    const far = connect(serverPort, "127.0.0.1");
    sockets.push(near, far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (bytes) => frozen || to.write(bytes));
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => line.listen(0, "127.0.0.1", resolve));
  return {
    port: (line.address() as AddressInfo).port,
    freeze: () => {
      frozen = true;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      line.close();
    },
  };
}

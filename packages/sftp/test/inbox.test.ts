// The inbox on a real SFTP server: what waits there, and where files go.

import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FreshSftp, freshSftp } from "../../../tests/support/index.ts";
import { chooseSnapshot, type Inbox, type InboxFile, type InboxOptions, SftpFailure, withInbox } from "../src/index.ts";
import { silentLog } from "./support/log.ts";

let server: FreshSftp;
let options: InboxOptions;
beforeAll(async () => {
  server = await freshSftp();
  options = { url: server.url, hostKeySha256: [server.hostKeySha256] };
});
afterAll(() => server.drop());
beforeEach(async () => {
  for (const name of await readdir(server.root)) await rm(join(server.root, name), { recursive: true });
  await mkdir(join(server.root, "incoming"));
});

const use = <T>(work: (inbox: Inbox) => Promise<T>): Promise<T> => withInbox(options, silentLog, work);
const at = (...path: readonly string[]): string => join(server.root, ...path);
const put = async (name: string, content = "rows", modifiedAt = "2026-11-23T04:00:00Z"): Promise<void> => {
  await server.putSnapshot(name, content);
  await utimes(at("incoming", name), new Date(modifiedAt), new Date(modifiedAt));
};
const waiting = async (inbox: Inbox, name: string) => {
  const file = await inbox.stat(name);
  if (!file) throw new Error(`${name} is not there`);
  return file;
};
const { resetId, date } = { resetId: "42", date: "2026-11-23" };

test("missing folders are made, and making them again is no fault", async () => {
  await rm(at("incoming"), { recursive: true });
  await use(async (inbox) => {
    await inbox.ensureFolders();
    await inbox.ensureFolders();
  });
  expect((await readdir(server.root)).sort()).toEqual(["archive", "error", "incoming", "rejected"]);
});

test("an incoming/ that is missing is empty, and is there afterwards, with its sisters", async () => {
  await rm(at("incoming"), { recursive: true });
  await use(async (inbox) => {
    expect(await chooseSnapshot(inbox, undefined)).toEqual({
      missing: "none",
      reason: expect.stringMatching(/^No snapshot waits in incoming\/\. The folder is empty\. Send a file/),
    });
    expect(await inbox.list()).toEqual([]);
  });
  expect((await readdir(server.root)).sort()).toEqual(["archive", "error", "incoming", "rejected"]);
});

test.each([
  ["of 201 bytes", `${"ü".repeat(98)}u.csv`, "has 201 bytes, and at most 200 are taken"],
  ["of 255 bytes", `${"x".repeat(251)}.csv`, "has 255 bytes"],
  ["that turns around what follows", "stock\u202evsc.csv", "stock\\u{202e}vsc.csv holds characters that nobody sees"],
  ["that shows as nothing", "stock\u3164.csv", "stock\\u{3164}.csv holds characters that nobody sees"],
  ["with a blank of no width", "stock\u200b.csv", "stock\\u{200b}.csv holds characters"],
  ["with a line end", "stock\n.csv", "stock\\u{a}.csv holds characters"],
])(
  "a file with a name %s is passed over, and goes to rejected/ under a name of ours when the daily run looks",
  async (_what, name, why) => {
    // Written as it is: put() would write it under a longer name first.
    await writeFile(at("incoming", name), "rows");
    await utimes(at("incoming", name), new Date("2026-11-23T03:00:00Z"), new Date("2026-11-23T03:00:00Z"));
    await put(`${"x".repeat(196)}.csv`, "rows", "2026-11-23T04:00:00Z");
    await put("stock.xlsx\n", "is no snapshot");
    await use(async (inbox) => {
      const chosen = await chooseSnapshot(inbox, undefined);
      expect(chosen).toMatchObject({ name: `${"x".repeat(196)}.csv` });
      expect(await inbox.reject(chosen as InboxFile, { reason: "x", id: randomUUID() })).toMatchObject({ moved: true });
      // Somebody who asks for a reset, or for a preview that changes nothing, is told and moves nothing.
      const none = await chooseSnapshot(inbox, undefined);
      expect(none).toMatchObject({
        missing: "none",
        reason: expect.stringContaining("The names of 1 of them cannot be kept"),
      });
      const asked = await chooseSnapshot(inbox, name);
      expect(asked).toMatchObject({
        missing: "unusable",
        reason: expect.stringContaining("cannot be taken: its name "),
      });
      expect(await readdir(at("incoming"))).toContain(name);
      await inbox.refuseNames((await inbox.look()).badlyNamed, async () => undefined);
    });
    const [own = ""] = (await readdir(at("rejected"))).filter((each) => each.startsWith("badly-named."));
    expect(own).toMatch(/^badly-named\.[0-9a-f]{16}\.csv$/);
    expect(await readFile(at("rejected", `${own}.reason.txt`), "utf8")).toContain(why);
    expect(await readdir(at("incoming"))).toEqual(["stock.xlsx\n"]);
  },
);

test("of very many badly named files a hundred are moved at once", async () => {
  for (let index = 0; index < 150; index++) await put(`${index}\u202e.csv`);
  await use(async (inbox) => {
    const recorded: string[] = [];
    await inbox.refuseNames((await inbox.look()).badlyNamed, async ({ name }) => void recorded.push(name));
    expect(new Set(recorded).size).toBe(100);
    expect((await inbox.look()).badlyNamed).toHaveLength(50);
  });
});

test("snapshots wait oldest first, then by name; folders, uploads in progress and sidecars are not looked at", async () => {
  await put("b.csv", "22", "2026-11-23T05:00:00Z");
  await put("c.csv.gz", "333", "2026-11-23T04:00:00Z");
  await put("a.csv", "1", "2026-11-23T05:00:00Z");
  for (const name of [
    "d.csv.part",
    "e.tmp",
    "f.csv.filepart",
    "a.csv.manifest.json",
    "a.csv.sha256",
    ".g.csv",
    "h.xlsx",
  ]) {
    await writeFile(at("incoming", name), "x");
  }
  await mkdir(at("incoming", "folder.csv"));
  const { names } = await use((inbox) => inbox.look());
  expect(names).toHaveLength(11);
  expect(names).toEqual(expect.arrayContaining(["d.csv.part", "folder.csv", "h.xlsx"]));
  // Told by a look as by asking for it, so that a file whose turn comes late need not stand still once more.
  const beside = await use((inbox) => inbox.sidecarsSeen("a.csv"));
  expect(beside).toMatch(/^a\.csv\.manifest\.json 1 \d+; a\.csv\.sha256 1 \d+$/);
  expect(await use((inbox) => inbox.list())).toEqual([
    { name: "c.csv.gz", size: 3, modifiedAtMs: Date.parse("2026-11-23T04:00:00Z"), beside: "" },
    { name: "a.csv", size: 1, modifiedAtMs: Date.parse("2026-11-23T05:00:00Z"), beside },
    { name: "b.csv", size: 2, modifiedAtMs: Date.parse("2026-11-23T05:00:00Z"), beside: "" },
  ]);
});

test("an inbox below a base path sees and touches that part only", async () => {
  await mkdir(at("shops", "west", "incoming"), { recursive: true });
  await put("root.csv");
  await writeFile(at("shops", "west", "incoming", "west.csv"), "rows");
  const west = { ...options, url: `${server.url}shops/west` };
  await withInbox(west, silentLog, async (inbox) => {
    expect((await inbox.list()).map(({ name }) => name)).toEqual(["west.csv"]);
    await inbox.archive(await waiting(inbox, "west.csv"), { resetId, date });
  });
  expect(await readdir(at("shops/west/archive/2026/11/23"))).toEqual(["west.csv"]);
});

test("sidecars are read, and a missing one is simply missing", async () => {
  const sha256 = "a".repeat(64);
  await writeFile(at("incoming", "a.csv.manifest.json"), JSON.stringify({ rows: 2, asOf: "2026-11-23T04:00:00Z" }));
  await writeFile(at("incoming", "a.csv.sha256"), `${sha256}  a.csv\n`);
  await use(async (inbox) => {
    expect(await inbox.readSidecars("a.csv")).toEqual({
      manifest: { rows: 2, asOf: "2026-11-23T04:00:00.000Z" },
      sha256,
    });
    expect(await inbox.readSidecars("b.csv")).toEqual({});
    const seen = await inbox.sidecarsSeen("a.csv");
    expect(seen).toMatch(/^a\.csv\.manifest\.json \d+ \d+; a\.csv\.sha256 \d+ \d+$/);
    await writeFile(at("incoming", "a.csv.manifest.json"), "{}");
    expect(await inbox.sidecarsSeen("a.csv")).not.toBe(seen);
    expect(await inbox.sidecarsSeen("b.csv")).toBe("");
    const longest = `${"n".repeat(196)}.csv`;
    expect([await inbox.readSidecars(longest), await inbox.sidecarsSeen(longest)]).toEqual([{}, ""]);
  });
});

test("a sidecar far too large for one is refused without reading it all", async () => {
  await writeFile(at("incoming", "a.csv.manifest.json"), Buffer.alloc(3_000_000, " "));
  await expect(use((inbox) => inbox.readSidecars("a.csv"))).rejects.toMatchObject({ code: "BAD_MANIFEST" });
});

test("archiving moves the file and its sidecars under its date, and repeating it is a success", async () => {
  await put("a.csv", "rows");
  await writeFile(at("incoming", "a.csv.manifest.json"), "{}");
  await writeFile(at("incoming", "a.csv.sha256"), "x");
  await use(async (inbox) => {
    const file = await waiting(inbox, "a.csv");
    expect(await inbox.archive(file, { resetId, date })).toEqual({ path: "archive/2026/11/23/a.csv", moved: true });
    expect(await inbox.archive(file, { resetId, date })).toEqual({ path: "archive/2026/11/23/a.csv", moved: false });
  });
  expect(await readdir(at("incoming"))).toEqual([]);
  expect((await readdir(at("archive/2026/11/23"))).sort()).toEqual(["a.csv", "a.csv.manifest.json", "a.csv.sha256"]);
});

test("archiving never overwrites: a second file of the same name on the same day gets its reset's number", async () => {
  await use(async (inbox) => {
    for (const [content, reset] of [
      ["first", "41"],
      ["second", "42"],
    ] as const) {
      await put("a.csv", content);
      await inbox.archive(await waiting(inbox, "a.csv"), { resetId: reset, date });
    }
  });
  expect(await readFile(at("archive/2026/11/23/a.csv"), "utf8")).toBe("first");
  expect(await readFile(at("archive/2026/11/23/a.42.csv"), "utf8")).toBe("second");
});

test("repeating an archiving leaves a newer file of the same name, and its manifest, where they are", async () => {
  await put("a.csv", "first");
  await use(async (inbox) => {
    const file = await waiting(inbox, "a.csv");
    await inbox.archive(file, { resetId, date });
    await put("a.csv", "newer");
    await utimes(at("incoming/a.csv"), new Date(), new Date());
    await writeFile(at("incoming", "a.csv.manifest.json"), "{}");
    expect(await inbox.archive(file, { resetId, date })).toMatchObject({ moved: false });
  });
  expect((await readdir(at("incoming"))).sort()).toEqual(["a.csv", "a.csv.manifest.json"]);
});

test("a file that was replaced is said to be so, whatever lies in the archive under its name", async () => {
  await put("a.csv", "at four");
  await use(async (inbox) => {
    await inbox.archive(await waiting(inbox, "a.csv"), { resetId: "41", date });
    await put("a.csv", "at twelve o'clock");
    const file = await waiting(inbox, "a.csv");
    await put("a.csv", "a minute later");
    const archiving = inbox.archive(file, { resetId, date });
    await expect(archiving).rejects.toMatchObject({
      kind: "not-found",
      message: expect.stringContaining("was replaced"),
    });
  });
});

test("a file that is in neither place is said to be gone", async () => {
  await put("a.csv");
  const archiving = use(async (inbox) => {
    const file = await waiting(inbox, "a.csv");
    await rm(at("incoming/a.csv"));
    await inbox.archive(file, { resetId, date });
  });
  await expect(archiving).rejects.toMatchObject({
    kind: "not-found",
    message: expect.stringContaining("a.csv is gone"),
  });
});

test("a refused file goes to rejected/ with the reason beside it, every time it is sent", async () => {
  await use(async (inbox) => {
    for (const id of ["41", "42"]) {
      await put("a.csv", id);
      await inbox.reject(await waiting(inbox, "a.csv"), { reason: `refused in ${id}`, id });
    }
  });
  expect((await readdir(at("rejected"))).sort()).toEqual([
    "a.42.csv",
    "a.42.csv.reason.txt",
    "a.csv",
    "a.csv.reason.txt",
  ]);
  expect(await readFile(at("rejected/a.csv.reason.txt"), "utf8")).toBe("refused in 41\n");
  expect(await readFile(at("rejected/a.42.csv.reason.txt"), "utf8")).toBe("refused in 42\n");
});

test("a refusal interrupted before its reason was written gets it at the repetition", async () => {
  await put("a.csv");
  await use(async (inbox) => {
    const file = await waiting(inbox, "a.csv");
    await mkdir(at("rejected"));
    await rename(at("incoming/a.csv"), at("rejected/a.csv"));
    expect(await inbox.reject(file, { reason: "no header", id: "42" })).toEqual({
      path: "rejected/a.csv",
      moved: false,
    });
  });
  expect(await readFile(at("rejected/a.csv.reason.txt"), "utf8")).toBe("no header\n");
});

test("rejected rows are written whole, replacing those of the last file of the same name", async () => {
  function* rows(text: string) {
    for (let i = 0; i < 20_000; i++) yield `${text},${i}\n`;
  }
  await use(async (inbox) => {
    expect(await inbox.writeError("a.csv", "old\n")).toBe("error/a.csv.rejects.csv");
    await inbox.writeError("a.csv", rows("new"));
  });
  expect(await readdir(at("error"))).toEqual(["a.csv.rejects.csv"]);
  expect((await readFile(at("error/a.csv.rejects.csv"), "utf8")).split("\n")).toHaveLength(20_001);
});

test.each(["../a.csv", "a/b.csv", "..", "a\u0000.csv"])("the name %j cannot leave the base path", async (name) => {
  await use(async (inbox) => {
    const file = { name, size: 1, modifiedAtMs: 0 };
    for (const attempt of [
      () => inbox.stat(name),
      () => inbox.archive(file, { resetId, date }),
      () => inbox.reject(file, { reason: "x", id: "1" }),
      () => inbox.writeError(name, "x"),
      () => inbox.readSidecars(name),
      async () => inbox.open(file),
    ]) {
      await expect(attempt).rejects.toBeInstanceOf(SftpFailure);
    }
  });
  await expect(stat(join(server.root, "..", "a.csv"))).rejects.toMatchObject({ code: "ENOENT" });
});

// The same inbox on OpenSSH's own server, the one that most retailers run: what it does differently must not matter.
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectInbox, type InboxOptions, withInbox } from "../src/index.ts";
import { silentLog } from "./support/log.ts";
import { type OpenSsh, startOpenSsh, whyNoOpenSsh } from "./support/openssh.ts";
import { spoolWhole } from "./support/spool-whole.ts";

const reason = await whyNoOpenSsh();

describe.skipIf(reason)(reason ? `OpenSSH (skipped: ${reason})` : "OpenSSH", () => {
  let server: OpenSsh;
  let options: InboxOptions;
  beforeAll(async () => {
    server = await startOpenSsh();
    const { url, privateKeyFile, hostKeySha256 } = server;
    options = { url, privateKeyFile, hostKeySha256: [hostKeySha256] };
  });
  afterAll(() => server?.stop());

  const at = (...path: readonly string[]): string => join(server.root, ...path);

  test("the fingerprint that ssh-keygen prints is the one that is trusted, and no other", async () => {
    const stranger = connectInbox({ ...options, hostKeySha256: [`SHA256:${"A".repeat(43)}`] }, silentLog);
    await expect(stranger).rejects.toMatchObject({
      kind: "host-key",
      message: expect.stringContaining(server.hostKeySha256),
    });
  });

  test("a file goes its whole way: listed, read, archived, its rejected rows written twice", async () => {
    const content = randomBytes(3 * 1024 * 1024);
    await writeFile(at("incoming", "a.csv"), content);
    await writeFile(at("incoming", "a.csv.manifest.json"), '{"rows": 2}');
    await withInbox(options, silentLog, async (inbox) => {
      await inbox.ensureFolders();
      const [file] = await inbox.list();
      if (!file) throw new Error("nothing waits");
      expect(await inbox.readSidecars("a.csv")).toEqual({ manifest: { rows: 2 } });
      const spooled = await spoolWhole(inbox, file, { dir: at("spool"), bytesMax: content.length });
      expect(spooled).toMatchObject({
        bytes: content.length,
        sha256: createHash("sha256").update(content).digest("hex"),
      });
      for (const text of ["old\n", "new\n"]) await inbox.writeError("a.csv", text);
      const to = { resetId: "7", date: "2026-11-23" };
      expect(await inbox.archive(file, to)).toEqual({ path: "archive/2026/11/23/a.csv", moved: true });
      expect(await inbox.archive(file, to)).toEqual({ path: "archive/2026/11/23/a.csv", moved: false });
    });
    expect((await readdir(at("archive/2026/11/23"))).sort()).toEqual(["a.csv", "a.csv.manifest.json"]);
    expect(await readdir(at("incoming"))).toEqual([]);
    expect(await readFile(at("error/a.csv.rejects.csv"), "utf8")).toBe("new\n");
  });

  test("a second file of the same name overwrites neither the archived nor the refused first one", async () => {
    await withInbox(options, silentLog, async (inbox) => {
      for (const id of ["8", "9"]) {
        for (const away of ["archive", "reject"] as const) {
          await writeFile(at("incoming", "b.csv"), `${away} ${id}`);
          const file = await inbox.stat("b.csv");
          if (!file) throw new Error("b.csv is not there");
          if (away === "archive") await inbox.archive(file, { resetId: id, date: "2026-11-24" });
          else await inbox.reject(file, { reason: "no header", id });
        }
      }
    });
    expect((await readdir(at("archive/2026/11/24"))).sort()).toEqual(["b.9.csv", "b.csv"]);
    expect((await readdir(at("rejected"))).sort()).toEqual([
      "b.9.csv",
      "b.9.csv.reason.txt",
      "b.csv",
      "b.csv.reason.txt",
    ]);
  });

  test("what is not there is not there, also for a download", async () => {
    await withInbox(options, silentLog, async (inbox) => {
      expect(await inbox.stat("missing.csv")).toBeUndefined();
      await expect(inbox.open({ name: "missing.csv", size: 1, modifiedAtMs: 0 }).toArray()).rejects.toMatchObject({
        kind: "not-found",
      });
    });
  });
});

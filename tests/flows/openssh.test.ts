// A whole reset over OpenSSH's own server, the one that most retailers run, signed in with a key.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenSsh, startOpenSsh, whyNoOpenSsh } from "../../packages/sftp/test/support/openssh.ts";
import { type System, startSystem, whyNoRedis } from "../support/index.ts";
import { type Outside, outsideOf, snapshotCsv } from "./outside.ts";
import { sftpClient } from "./sftp-client.ts";

const reason = await whyNoOpenSsh();

describe.skipIf(reason)(reason ? `a reset over OpenSSH (skipped: ${reason})` : "a reset over OpenSSH", () => {
  let server: OpenSsh;
  let system: System;
  let outside: Outside;
  beforeAll(async () => {
    server = await startOpenSsh();
    const { url, privateKeyFile, hostKeySha256 } = server;
    const env = { SFTP_URL: url, SFTP_PRIVATE_KEY_FILE: privateKeyFile, SFTP_HOST_KEY_SHA256: hostKeySha256 };
    system = await startSystem({ backend: whyNoRedis() ? "postgres" : "redis", env });
    outside = await outsideOf(system, await sftpClient(url, { privateKey: await readFile(privateKeyFile) }));
  });
  afterAll(async () => {
    outside?.end();
    await system?.stop();
    await server?.stop();
  });

  test("a file goes its whole way: taken, applied, its bad row sent back, archived; put again it is a duplicate", async () => {
    const name = "onhand-20261101T130000Z.csv";
    const content = snapshotCsv([
      ["S001", "X", 100],
      ["S002", "X", 50],
      ["S002", "Y", "many"],
    ]);
    const seen = await outside.runFile(name, content);
    expect(seen).toMatchObject({ state: "completed", asOfFrom: "name", rows: 3, rejected: 1 });
    expect([await outside.onHand("S001", "X"), await outside.onHand("S002", "X")]).toEqual([100, 50]);
    const today = `archive/${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}`;
    expect((await outside.files.read(`${today}/${name}`)).toString()).toBe(content);
    expect((await outside.files.read(`error/${name}.rejects.csv`)).toString()).toContain("S002,Y,many,BAD_QUANTITY,");
    const again = await outside.runFile(name, content);
    expect(again).toMatchObject({ state: "completed", facilities: [] });
    expect(await outside.files.list(today)).toHaveLength(2);
    expect(await outside.files.list("incoming")).toEqual([]);
  });

  test("a file that is refused goes to rejected/ with the reason beside it", async () => {
    const name = "broken-20261101T130000Z.csv";
    expect(await outside.runFile(name, "store,quantity\nS001,1\n")).toMatchObject({ state: "failed" });
    expect((await outside.files.read(`rejected/${name}.reason.txt`)).toString()).toContain("MISSING_COLUMN");
  });
});

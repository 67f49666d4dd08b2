// The SFTP server's host key: made at the first start, the same from then on, and always one that can be read again.
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadHostKey } from "../src/servers/sftp-access.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inventory-sync-host-keys-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("it stays the same once made, and only its owner may read it", async () => {
  const file = join(folder, "key");
  const made = await loadHostKey(file);
  expect(await loadHostKey(file)).toEqual(made);
  expect(made.sha256).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("of a thousand first starts every one gets a key that can be used", async () => {
  const keys = new Set<string>();
  for (let start = 0; start < 1_000; start += 1) keys.add((await loadHostKey(join(folder, `key-${start}`))).sha256);
  expect(keys.size).toBe(1_000);
});

test("a file that holds no key is refused with what to do, and left as it is", async () => {
  const file = join(folder, "broken");
  await writeFile(file, "no key");
  await expect(loadHostKey(file)).rejects.toThrow(/broken cannot be read .*remove it/);
});

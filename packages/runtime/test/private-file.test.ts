// Files with secrets in them: for their owner only, replaced whole or not at all.
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writePrivateFile } from "../src/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "private-file-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a file is readable by its owner only, and replaced", async () => {
  const file = join(folder, "secret");
  await writePrivateFile(file, "one");
  await writePrivateFile(file, "two");
  expect([await readFile(file, "utf8"), (await stat(file)).mode & 0o777]).toEqual(["two", 0o600]);
  expect(await readdir(folder)).toEqual(["secret"]);
});

test("one that cannot be put into place leaves nothing beside it", async () => {
  await expect(writePrivateFile(folder, "x")).rejects.toThrow();
  expect(await readdir(join(folder, ".."))).not.toContainEqual(expect.stringContaining(`${folder.split("/").at(-1)}.`));
});

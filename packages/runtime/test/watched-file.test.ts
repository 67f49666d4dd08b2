// Files of settings that are not JSON: what is told of them is shown on pages and logged.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { watchJsonFile } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "inventory-sync-watched-"));
afterAll(() => rmSync(folder, { recursive: true }));

const before = '{"sftp": [\n {"name": "north", "timeZone": "UTC", "glob": "*.csv",\n';
test.each([
  ["no quotes around it", `${before}  "password": hunter2secret, "deadline": "06:00", "resetAt": "04:00"}]}`, "line 3"],
  ["a quote too early", `${before}  "url": "sftp://pos:"hunter2secret@north", "deadline": "06:00"}]}`, "line 3"],
  ["no end", `${before}  "url": "sftp://pos:hunter2secret@north`, "line 3"],
  ["nothing else in the file", "hunter2secret", ""],
])("a secret with %s is not quoted in the fault, which says where it is", (_what, content, place) => {
  const file = join(folder, "settings.json");
  writeFileSync(file, content);
  const watched = watchJsonFile(file, { schema: z.unknown(), whenMissing: "", onRead() {}, onFault() {} });
  watched.close();
  expect(watched.fault()).toContain(`${file} is not JSON`);
  expect(watched.fault()).toContain(place);
  expect(watched.fault()).not.toMatch(/hunt|cret/);
});

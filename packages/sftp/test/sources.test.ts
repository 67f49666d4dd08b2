// SOURCES_FILE as the processes read it.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshFolder } from "../../../tests/support/index.ts";
import { watchSources } from "../src/index.ts";
import { keepingLog } from "./support/log.ts";

test("a list of what is to be pulled from Prism is told to be of no use, and the other sources are in force", async () => {
  const folder = await freshFolder("sources");
  const file = join(folder, "sources.json");
  const sftp = [{ name: "north", url: "sftp://pos@north.example/stock", hostKeySha256: "SHA256:x" }];
  await writeFile(file, JSON.stringify({ sftp, prism: [{ name: "hq" }] }));
  const { debug: keep, warn, entries } = keepingLog();
  const usual = { inbox: () => ({ url: "", hostKeySha256: [] }), resetAt: [], deadlines: [], timeZone: "UTC" };
  const sources = watchSources(file, usual, { log: { info: keep, error: keep, warn }, env: {} });
  sources.close();
  await rm(folder, { recursive: true });
  expect(sources.all().map(({ name }) => name)).toEqual(["north"]);
  expect(sources.unused()).toMatch(/^SOURCES_FILE has prism, which is not used/);
  expect(entries.join("\n")).toContain("has prism, which is not used");
});

// What the launcher's terminal shows of the apps' logs.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { appLog } from "../src/processes/keep-app.ts";

test("errors reach the terminal in one line without what would turn or hide a text; the file has the log as it is", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "app-log-"));
  const shown: string[] = [];
  const line = appLog({ dataDir, name: "worker", say: (text) => shown.push(text) });
  const entry = JSON.stringify({ level: "error", msg: "stock\u202evsc.\u001b[2J refused", err: { message: "a\nb" } });
  line(JSON.stringify({ level: "info", msg: "quiet" }));
  line(entry);
  line("not \u2066JSON");
  expect(shown).toEqual(["worker: stock\\u{202e}vsc.\\u{1b}[2J refused: a\\u{a}b", "worker: not \\u{2066}JSON"]);
  const file = join(dataDir, "logs", "worker.log");
  expect(await eventually(async () => (await readFile(file, "utf8")).split("\n").length === 4 && entry)).toBe(entry);
  expect(await readFile(file, "utf8")).toContain(entry);
  await rm(dataDir, { recursive: true });
});

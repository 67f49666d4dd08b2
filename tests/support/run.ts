// What `npm test` runs: sees to a redis-server, runs vitest with the arguments it was given, and ends with one line that counts.
import { findRedisServer } from "@inventory-sync/local";
import { parseCLI, startVitest, type Vitest } from "vitest/node";
import { fetchProgram } from "./fetch-program.ts";
import { findChromium } from "./find-chromium.ts";
import { findPgBouncer } from "./find-pgbouncer.ts";
import { chromium, pgbouncer, redisServer } from "./get-program.ts";
import { memoryFolder } from "./memory-folder.ts";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

if (!findRedisServer()) await fetchProgram(redisServer, "the Redis tests");
if (isWanted(/browser/) && !findChromium()) await fetchProgram(chromium, "the browser's tests");
if (isWanted(/pooler/) && !findPgBouncer()) await fetchProgram(pgbouncer, "the tests through a pooler");
const folder = process.env.TMPDIR ?? (await memoryFolder());
if (folder !== undefined) process.env.TMPDIR = folder;
const counts = await runTests(process.argv.slice(2));
const ran = counts.passed + counts.failed;
if (ran === 0) process.stdout.write("No test ran.\n");
process.stdout.write(
  `\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}\n`,
);
process.exit(counts.failed > 0 || ran === 0 ? 1 : 0);

/** Only a run of everything, or one that names the tests which need it, is worth fetching a program. */
function isWanted(tests: RegExp): boolean {
  const named = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
  return named.length === 0 || named.some((arg) => tests.test(arg));
}

async function runTests(args: readonly string[]): Promise<Counts> {
  const { filter, options } = parseCLI(["vitest", "run", ...args]);
  let vitest: Vitest | undefined;
  try {
    vitest = await startVitest("test", filter, { ...options, watch: false });
    return count(vitest);
  } catch (error) {
    process.stderr.write(`The tests could not be run: ${error instanceof Error ? error.message : String(error)}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    // The servers of the run are stopped here, before the last line.
    await vitest?.close();
  }
}

/** Tests by their result. A file that could not be loaded, and an error outside every test, count as one failure each. */
function count(vitest: Vitest): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  counts.failed += vitest.state.getUnhandledErrors().length;
  for (const module of vitest.state.getTestModules()) {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") counts.passed += 1;
      else if (state === "failed") failedTests += 1;
      else if (state === "skipped") counts.skipped += 1;
      // Still pending at the end: the file ended before the test did.
      else failedTests += 1;
    }
    const brokenOutside = failedTests === 0 && module.state() === "failed";
    counts.failed += failedTests + (brokenOutside ? 1 : 0);
  }
  return counts;
}

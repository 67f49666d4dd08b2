// What `npm test` runs: sees to a redis-server, runs vitest with the arguments it was given, and ends with one line that counts.
import { fileURLToPath } from "node:url";
import { findRedisServer } from "@inventory-sync/local";
import { parseCLI, startVitest, type Vitest } from "vitest/node";
import { searchFirst } from "./config.ts";
import { findChromium } from "./find-chromium.ts";
import { getChromium } from "./get-chromium.ts";
import { getRedis } from "./get-redis.ts";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

await ensureRedis();
if (wantsBrowser(process.argv.slice(2))) await ensureChromium();
const counts = await runTests(process.argv.slice(2));
const ran = counts.passed + counts.failed;
if (ran === 0) process.stdout.write("No test ran.\n");
process.stdout.write(
  `\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}\n`,
);
process.exit(counts.failed > 0 || ran === 0 ? 1 : 0);

async function ensureRedis(): Promise<void> {
  if (findRedisServer()) return;
  const got = await getRedis(fileURLToPath(new URL("../../.cache/redis", import.meta.url)));
  if ("folder" in got) {
    searchFirst(got.folder);
    process.stdout.write(
      `No redis-server on PATH: using one from the system's packages, unpacked into ${got.folder} (nothing was installed).\n`,
    );
  } else {
    process.stdout.write(
      `No redis-server on PATH, and none could be fetched (${got.reason}): the Redis tests are skipped.\n`,
    );
  }
}

/** Only a run of everything, or one that names the browser's tests, is worth fetching a browser. */
function wantsBrowser(args: readonly string[]): boolean {
  const named = args.filter((arg) => !arg.startsWith("-"));
  return named.length === 0 || named.some((arg) => arg.includes("browser"));
}

async function ensureChromium(): Promise<void> {
  if (findChromium()) return;
  const got = await getChromium(fileURLToPath(new URL("../../.cache/chromium", import.meta.url)));
  if ("folder" in got) {
    searchFirst(got.folder);
    process.stdout.write(
      `No Chromium on PATH: using one from the system's packages, unpacked into ${got.folder} (nothing was installed).\n`,
    );
  } else {
    process.stdout.write(
      `No Chromium on PATH, and none could be fetched (${got.reason}): the browser's tests are skipped.\n`,
    );
  }
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

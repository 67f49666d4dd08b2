/** Whether a process can do its work now: asks each thing it needs, with a deadline, and names what is missing. */
import { maskUrlsIn } from "./mask-url.ts";

/** Asks for one thing that is needed. Resolves with a detail worth showing, if any; throws when it is missing. */
export type Check = () => Promise<unknown>;

export type CheckResult = {
  readonly ok: boolean;
  readonly tookMs: number;
  readonly detail?: unknown;
  readonly error?: string;
};
export type Readiness = {
  readonly status: "ready" | "not ready";
  readonly missing: readonly string[];
  readonly checks: Readonly<Record<string, CheckResult>>;
};

/** The time that one check may take before the thing it asks for counts as missing. */
const checkDeadlineMsDefault = 2_000;

/** Runs all checks at once. Never throws; what fails or takes too long is listed in `missing`, passwords in URLs masked. */
export async function readinessOf(
  checks: Readonly<Record<string, Check>>,
  deadlineMs: number = checkDeadlineMsDefault,
): Promise<Readiness> {
  const entries = Object.entries(checks);
  const results = await Promise.all(
    entries.map(async ([name, check]) => [name, await resultOf(check, deadlineMs)] as const),
  );
  const missing = results.filter(([, result]) => !result.ok).map(([name]) => name);
  return { status: missing.length === 0 ? "ready" : "not ready", missing, checks: Object.fromEntries(results) };
}

async function resultOf(check: Check, deadlineMs: number): Promise<CheckResult> {
  const startedAtMs = performance.now();
  const tookMs = () => Math.round(performance.now() - startedAtMs);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    const detail = await Promise.race([check(), deadline]);
    return detail === undefined ? { ok: true, tookMs: tookMs() } : { ok: true, tookMs: tookMs(), detail };
  } catch (error) {
    const text = error instanceof Error && error.message !== "" ? error.message : String(error);
    return { ok: false, tookMs: tookMs(), error: maskUrlsIn(text) };
  } finally {
    clearTimeout(timer);
  }
}

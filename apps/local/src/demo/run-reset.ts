// The demo's resets go the way an operator's do: POST /api/resets on the board, then looking until it has ended.
import { setTimeout as delay } from "node:timers/promises";
import type { Credentials } from "../launcher/credentials.ts";

export interface ResetReport {
  readonly id: string;
  readonly state: string;
  readonly asOf?: string;
  readonly rows?: number;
  readonly facilities?: readonly {
    readonly facilityId: string;
    readonly state: string;
    readonly corrected?: number;
    readonly unitsBefore?: number;
    readonly unitsAfter?: number;
  }[];
}

const endedStates = new Set(["completed", "completed-with-holds", "failed", "preview", "reverted"]);
const endMsMax = 120_000;
const pollMs = 500;
const askMsMax = 30_000;

/** Runs `file` and resolves with its report once it has ended. Throws when it cannot be run, or takes longer than two minutes. */
export async function runReset(board: Credentials, file: string, signal: AbortSignal): Promise<ResetReport> {
  const deadline = Date.now() + endMsMax;
  let id: string | undefined;
  for (;;) {
    // A file that still settles gives no reset yet; it is asked for again.
    if (id === undefined)
      id = (await ask<{ resetIds: string[] }>(board, "/api/resets", { method: "POST", body: { file }, signal }))
        .resetIds[0];
    const report =
      id === undefined ? undefined : await ask<ResetReport>(board, `/api/resets/${encodeURIComponent(id)}`, { signal });
    if (report && endedStates.has(report.state)) return report;
    if (Date.now() > deadline)
      throw new Error(
        `the reset of ${file} has not ended after ${endMsMax / 1000} s (${report?.state ?? "not begun"})`,
      );
    await delay(pollMs, undefined, { signal });
  }
}

async function ask<T>(
  board: Credentials,
  path: string,
  request: { method?: string; body?: object; signal: AbortSignal },
): Promise<T> {
  const { method = "GET", body, signal } = request;
  const answer = await fetch(`${board.boardUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${board.boardToken}`, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.any([signal, AbortSignal.timeout(askMsMax)]),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the board answered ${answer.status} to ${method} ${path}: ${text}`);
  return JSON.parse(text) as T;
}

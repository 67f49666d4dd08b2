// The demo's resets: a file left as the POS's nightly job does, then run as an operator does, by POST /api/resets on the board.
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Credentials } from "../launcher/credentials.ts";

export interface ResetReport {
  readonly id: string;
  readonly state: string;
  readonly facilities?: readonly {
    readonly corrected?: number;
    readonly unitsBefore?: number;
    readonly unitsAfter?: number;
  }[];
}

const endedStates = new Set(["completed", "completed-with-holds", "failed", "preview", "reverted"]);
const endMsMax = 120_000;
const pollMs = 500;
const askMsMax = 30_000;

/** Puts a file into incoming/ of the folder that the SFTP server serves: written under another name, renamed when it is whole. */
export async function dropSnapshot(sftpRoot: string, file: { name: string; content: string }): Promise<void> {
  const path = join(sftpRoot, "incoming", file.name);
  await writeFile(`${path}.part`, file.content);
  await rename(`${path}.part`, path);
}

/** Runs `file` and resolves with its report once it has ended. Throws when it cannot be run, or takes longer than two minutes. */
export async function runReset(board: Credentials, file: string, signal: AbortSignal): Promise<ResetReport> {
  const deadline = Date.now() + endMsMax;
  let id: string | undefined;
  for (;;) {
    // A file that still settles gives no reset yet; it is asked for again.
    id ??= (await ask<{ resetIds: string[] }>(board, "/api/resets", { body: { file }, signal })).resetIds[0];
    const report = id && (await ask<ResetReport>(board, `/api/resets/${encodeURIComponent(id)}`, { signal }));
    if (report && endedStates.has(report.state)) return report;
    if (Date.now() > deadline)
      throw new Error(
        `the reset of ${file} has not ended after ${endMsMax / 1000} s (${report ? report.state : "not begun"})`,
      );
    await delay(pollMs, undefined, { signal });
  }
}

/** Posts a body where there is one, and gets otherwise. */
async function ask<T>(board: Credentials, path: string, request: { body?: object; signal: AbortSignal }): Promise<T> {
  const { body, signal } = request;
  const method = body ? "POST" : "GET";
  const answer = await fetch(`${board.boardUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${board.boardToken}`, ...(body && { "content-type": "application/json" }) },
    body: body ? JSON.stringify(body) : null,
    signal: AbortSignal.any([signal, AbortSignal.timeout(askMsMax)]),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the board answered ${answer.status} to ${method} ${path}: ${text}`);
  return JSON.parse(text) as T;
}

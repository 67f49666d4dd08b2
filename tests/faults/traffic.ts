// The outside of a run: tills that send events and send them again until they are answered, and an ERP that drops files and
// asks for their resets. It records what was answered, which is all that the oracle knows of the system.
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PlannedEvent, PlannedFile, PlannedRequest, Workload } from "./workload.ts";
import type { World } from "./world/world.ts";

export interface Answers {
  /** Every content that was sent at all. */
  readonly sent: Set<PlannedEvent>;
  /** Every content that was answered with 202 at least once. */
  readonly accepted: Set<PlannedEvent>;
  /** Files that lie or lay in incoming/, and whose reset was answered with 202. */
  readonly files: Set<PlannedFile>;
  /** Answers by status; "none" stands for no answer at all. */
  readonly statuses: Map<string, number>;
  /** Answers that nobody may ever get here: anything but 202, 503, 429 or none. */
  readonly refusals: string[];
}

export interface Traffic {
  readonly answers: Answers;
  /** Resolves when everything was answered or given up. */
  readonly done: Promise<void>;
  /** Sends what is late, all of it at once; resolves when it was answered or given up. */
  sendLate(): Promise<void>;
  /** Sends one event more, until it is taken. */
  send(event: PlannedEvent): Promise<void>;
}

const answerMsMax = 10_000;
/** So much later the same comes again, where everything is sent several times. */
const againAfterMs = 250;
const again = { firstMs: 150, msMax: 900 };

/** Before anything was sent. */
export function noAnswers(): Answers {
  return { sent: new Set(), accepted: new Set(), files: new Set(), statuses: new Map(), refusals: [] };
}

/** Starts sending the workload, each request so often, and goes on whatever happens. */
export function startTraffic(
  world: World,
  workload: Workload,
  { timesSent = 1, answers = noAnswers() }: { readonly timesSent?: number; readonly answers?: Answers } = {},
): Traffic {
  const startedAt = Date.now();
  const at = (ms: number) => sleep(Math.max(0, startedAt + ms - Date.now()));
  const sending = workload.requests.map(async (request) => {
    await at(request.atMs);
    const times = Array.from({ length: timesSent }, async (_, time) => {
      await sleep(time * againAfterMs);
      await sendUntilTaken(world, request, answers);
    });
    await Promise.all(times);
  });
  const dropping = workload.files.map(async (file) => {
    await at(file.atMs);
    await dropFile(world, file);
    await askUntilTaken(world, file, answers);
  });
  return {
    answers,
    done: Promise.all([...sending, ...dropping]).then(() => undefined),
    sendLate: async () => {
      await Promise.all(workload.late.map((request) => sendUntilTaken(world, request, answers)));
    },
    send: (event) => sendUntilTaken(world, { atMs: 0, events: [event], triesMax: Number.POSITIVE_INFINITY }, answers),
  };
}

async function sendUntilTaken(world: World, request: PlannedRequest, answers: Answers): Promise<void> {
  const body = JSON.stringify(request.events.length === 1 ? wireOf(request.events[0]) : request.events.map(wireOf));
  for (let tries = 1; tries <= request.triesMax; tries += 1) {
    for (const event of request.events) answers.sent.add(event);
    const status = await post(`${world.ingestUrl}/v1/events`, { key: world.ingestKey, body, answers });
    if (status === 202) {
      for (const event of request.events) answers.accepted.add(event);
      return;
    }
    await sleep(Math.min(again.msMax, again.firstMs * tries));
  }
}

function wireOf(event: PlannedEvent | undefined): object | undefined {
  if (event === undefined) return undefined;
  const { facilityId, eventId, type, occurredAtMs, lines, shipmentEventId } = event;
  const what = shipmentEventId === undefined ? { lines } : { shipmentEventId };
  return { eventId, facilityId, type, occurredAt: new Date(occurredAtMs).toISOString(), ...what };
}

/** The text of a snapshot file. */
function textOf(file: PlannedFile): string {
  const rows = file.rows.map(({ facilityId, sku, quantity }) => `${facilityId},${sku},${quantity}`);
  return ["facilityId,sku,quantity", ...rows, ""].join("\n");
}

/** Onto the disk that the SFTP server serves, the way a careful sender does: under another name first. */
async function dropFile(world: World, file: PlannedFile): Promise<void> {
  const path = join(world.sftp.root, "incoming", file.name);
  await writeFile(`${path}.part`, textOf(file));
  await rename(`${path}.part`, path);
}

async function askUntilTaken(world: World, file: PlannedFile, answers: Answers): Promise<void> {
  const body = JSON.stringify({ file: file.name });
  for (let tries = 1; ; tries += 1) {
    const status = await post(`${world.boardUrl}/api/resets`, {
      key: world.boardToken,
      body,
      answers,
      also: [404],
    });
    // 404: an earlier asking, whose answer was lost, has had the file put away already.
    if (status === 202 || (status === 404 && tries > 1)) {
      answers.files.add(file);
      return;
    }
    await sleep(Math.min(again.msMax, again.firstMs * tries));
  }
}

interface Post {
  readonly key: string;
  readonly body: string;
  readonly answers: Answers;
  /** Statuses that are no refusal here besides the usual ones. */
  readonly also?: readonly number[];
}

async function post(url: string, { key, body, answers, also = [] }: Post): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const note = (status: string): void => void answers.statuses.set(status, (answers.statuses.get(status) ?? 0) + 1);
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(answerMsMax) });
    const text = await response.text();
    note(String(response.status));
    if (![202, 429, 503, ...also].includes(response.status))
      answers.refusals.push(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
    return response.status;
  } catch {
    note("none");
    return 0;
  }
}

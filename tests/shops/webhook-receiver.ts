// A web shop that takes levels by webhook. It verifies each message with the public package of the specification, keeps of each level what
// has the largest sequence, and can be told to misbehave. Given a file, it knows after a crash what it has confirmed.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { answer, type Call, serveShop, shopSettings } from "./serve.ts";

interface Level {
  readonly facilityId: string;
  readonly idType: string;
  readonly idValue: string;
  readonly onHand: number;
  readonly available: number;
  readonly sequence: number;
}

/** How it answers until it is told otherwise. */
interface Manners {
  /** The status of every answer; 200 at first. */
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly delayMs?: number;
  /** It takes the message and cuts the connection before it answers. */
  readonly dropsAnswers?: boolean;
  /** Refuses messages that hold one of these products with 422. */
  readonly refuses?: readonly string[];
}

const { secret, file } = shopSettings<{ secret: string; file?: string }>();
const verifier = new Webhook(secret);
const levels = new Map<string, Level>();
/** How often it was told each level. */
const times = new Map<string, number>();
const ids = new Set<string>();
const seen = { messages: 0, forged: 0, older: 0, repeatedIds: 0, levels: 0, largest: 0 };
let manners: Manners = {};
for (const line of file !== undefined && existsSync(file) ? readFileSync(file, "utf8").split("\n") : [])
  if (line !== "") for (const level of JSON.parse(line) as Level[]) take(level);

function take(level: Level): void {
  const key = `${level.facilityId} ${level.idValue}`;
  times.set(key, (times.get(key) ?? 0) + 1);
  const before = levels.get(key);
  if (before !== undefined && before.sequence > level.sequence) seen.older += 1;
  else levels.set(key, level);
}

async function handle({ headers, body, response }: Call): Promise<void> {
  const { status = 200, delayMs = 0, dropsAnswers = false, refuses = [] } = manners;
  await sleep(delayMs);
  let message: { type: string; data: { channel: string; levels: Level[] } };
  try {
    message = verifier.verify(body, headers as Record<string, string>) as typeof message;
  } catch {
    seen.forged += 1;
    return answer(response, 401, { error: "the signature is wrong" });
  }
  if (status !== 200) return answer(response, status, { error: "told to" }, manners.headers);
  const bad = message.data.levels.find(({ idValue }) => refuses.includes(idValue));
  if (bad) return answer(response, 422, { error: `${bad.idValue} is not sold here` });
  seen.messages += 1;
  seen.levels += message.data.levels.length;
  seen.largest = Math.max(seen.largest, message.data.levels.length);
  const id = String(headers["webhook-id"]);
  if (ids.has(id)) seen.repeatedIds += 1;
  ids.add(id);
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(message.data.levels)}\n`);
  for (const level of message.data.levels) take(level);
  if (dropsAnswers) response.destroy();
  else answer(response, 200, {});
}

serveShop({
  handle,
  controls: {
    levels: () => [...levels.values()],
    seen: () => seen,
    times: () => Object.fromEntries(times),
    manners: (given) => {
      manners = given as Manners;
    },
  },
});

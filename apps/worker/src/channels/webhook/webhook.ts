// The kind `webhook`: levels in messages signed by Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks). What a
// message tells is read anew at each attempt, so each attempt is a message of its own, under an id of its own.
import { createHmac, randomUUID } from "node:crypto";
import { channelSettings, secretReference, type ToldLevel } from "@inventory-sync/domain";
import { readSecret } from "@inventory-sync/runtime";
import { z } from "zod";
import { openCalls, retryAfterMs, type TargetAnswer, type TargetCalls, urlFault } from "../http/guarded-agent.ts";
import { channelKind, type LevelToTell, type Target, TargetFailure, type ToldFate } from "../target.ts";

const LEVELS_MAX = 100;
const CALLS_AT_ONCE_MAX = 4;
const SECRETS_MAX = 4;
/** 24 to 64 bytes, as the specification has them. */
const [SECRET_BYTES_MIN, SECRET_BYTES_MAX] = [24, 64];
const SHOWN_CHARACTERS_MAX = 200;

const settings = channelSettings
  .extend({
    kind: z.literal("webhook"),
    url: z.string(),
    /** Several during a rotation: messages are signed with each. */
    secret: z.union([secretReference, z.array(secretReference).min(1).max(SECRETS_MAX)]),
    allowPrivateAddresses: z.boolean().default(false),
  })
  .strict()
  .superRefine(({ url, allowPrivateAddresses }, context) => {
    const fault = urlFault(url, { allowPrivate: allowPrivateAddresses });
    if (fault !== undefined) context.addIssue({ code: "custom", path: ["url"], message: fault });
  });

type WebhookSettings = z.output<typeof settings>;

export const webhook = channelKind({ name: "webhook", settings, placeOf: ({ url }) => url, open: openWebhook });

function openWebhook({ name, url, secret, allowPrivateAddresses }: WebhookSettings): Target {
  const keys = [secret].flat().map((reference) => keyOf(readSecret(reference)));
  const calls = openCalls({ allowPrivate: allowPrivateAddresses, atOnceMax: CALLS_AT_ONCE_MAX });
  return {
    batchMax: LEVELS_MAX,
    callsAtOnceMax: CALLS_AT_ONCE_MAX,
    tell: (levels, stopping) => tell({ name, url, keys, calls }, levels, stopping),
    close: () => calls.close(),
  };
}

interface Receiver extends Pick<WebhookSettings, "name" | "url"> {
  readonly keys: readonly Buffer[];
  readonly calls: TargetCalls;
}

async function tell(
  { name, url, keys, calls }: Receiver,
  levels: readonly LevelToTell[],
  stopping: AbortSignal,
): Promise<ToldFate[]> {
  const now = new Date();
  const data = { channel: name, levels: levels.map(levelOf) };
  const body = JSON.stringify({ type: "inventory.levels", timestamp: now.toISOString(), data });
  const headers = { "content-type": "application/json", ...signature({ id: `msg_${randomUUID()}`, now, body }, keys) };
  const answer = await calls.call(url, { method: "POST", headers, body, stopping, isStatusEnough: true });
  if (answer.status >= 200 && answer.status < 300) return levels.map(() => ({ fate: "confirmed" }));
  throw failureOf(answer);
}

/** The fields that docs/channels/webhook.md shows, in its order. */
function levelOf(level: LevelToTell): ToldLevel {
  const { facilityId, idType, idValue, onHand, available, asOf, updatedAt, sequence } = level;
  return { facilityId, idType, idValue, onHand, available, asOf, updatedAt, sequence };
}

/** The headers that sign a message: one signature a key, so that a receiver may know the old or the new one. */
export function signature(
  { id, now, body }: { readonly id: string; readonly now: Date; readonly body: string },
  keys: readonly Buffer[],
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signed = keys.map(
    (key) => `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`,
  );
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signed.join(" ") };
}

/** The bytes of a secret, `whsec_` and base64. @throws Error in words, without the secret */
export function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  if (key.length >= SECRET_BYTES_MIN && key.length <= SECRET_BYTES_MAX) return key;
  throw new Error(
    `a webhook's secret must be ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} bytes as base64, usually after "whsec_"; this one has ${key.length}`,
  );
}

const SLOWER = new Set([429, 502, 503, 504]);
const REFUSED = new Set([400, 413, 422]);

/** What an answer other than 2xx means by the specification: 410 ends it, a redirect is a failure. */
function failureOf(answer: TargetAnswer): TargetFailure {
  const { status, text } = answer;
  const shown = text.trim().slice(0, SHOWN_CHARACTERS_MAX);
  const message = `the target answered ${status}${shown === "" ? "" : `: ${shown}`}`;
  const after = { retryAfterMs: retryAfterMs(answer) };
  if (status === 410) return new TargetFailure("disabled", message);
  if (SLOWER.has(status)) return new TargetFailure(status === 429 ? "throttled" : "away", message, after);
  return new TargetFailure(REFUSED.has(status) ? "refused" : "away", message, after);
}

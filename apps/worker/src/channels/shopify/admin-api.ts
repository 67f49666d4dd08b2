// Calls of Shopify's Admin GraphQL API: the token, the pace, and what an answer means. Most errors come at HTTP 200
// (https://shopify.dev/docs/api/admin-graphql#status_and_error_codes).
import { jsonOf } from "@inventory-sync/domain";
import type { Logger } from "@inventory-sync/runtime";
import { z } from "zod";
import { retryAfterMs, type TargetAnswer, type TargetCalls } from "../http/guarded-agent.ts";
import { TargetFailure } from "../target.ts";
import { type Credentials, openAccess } from "./access.ts";
import { type BucketStatus, openPace } from "./pace.ts";

export interface Request {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export type AdminApi = ReturnType<typeof openAdminApi>;

/** Reserved for a request of which is not known yet what it costs. */
const POINTS_AT_FIRST = 50;
const THROTTLE_MS_MIN = 1_000;
const SHOWN_CHARACTERS_MAX = 200;
const VERSION_HEADER = "x-shopify-api-version";

const bucketStatus = z.object({
  maximumAvailable: z.number().positive(),
  currentlyAvailable: z.number(),
  restoreRate: z.number().positive(),
});
const frameShape = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string().catch("no message"),
        extensions: z.object({ code: z.string().optional() }).optional().catch(undefined),
      }),
    )
    .optional(),
  extensions: z
    .object({ cost: z.object({ requestedQueryCost: z.number().min(0), throttleStatus: bucketStatus }) })
    .optional()
    .catch(undefined),
});
type Frame = z.output<typeof frameShape>;

export function openAdminApi(shop: {
  readonly channel: string;
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly credentials: Credentials;
  readonly calls: TargetCalls;
  readonly log: Logger;
}) {
  const { channel, baseUrl, apiVersion, credentials, calls, log } = shop;
  const access = openAccess(credentials, { calls, baseUrl });
  const pace = openPace();
  const costs = new Map<string, number>();
  let otherVersion: string | null | undefined;
  const noteVersion = ({ headers }: TargetAnswer): void => {
    const served = headers[VERSION_HEADER];
    if (typeof served !== "string" || !/^[\w-]{1,20}$/.test(served)) return;
    if (served === apiVersion) {
      otherVersion = null;
      return;
    }
    const seen = `Shopify answers by version ${served}, not by ${apiVersion}: that one has ended. Set apiVersion to a version that Shopify supports.`;
    if (otherVersion !== seen) log.warn({ channel, asked: apiVersion, served }, seen);
    otherVersion = seen;
  };
  const send = async (body: string, stopping: AbortSignal, signal: AbortSignal): Promise<TargetAnswer> => {
    const token = await access.token(stopping);
    const headers = {
      "content-type": "application/json",
      accept: "application/json",
      "x-shopify-access-token": token,
    };
    const url = `${baseUrl}/admin/api/${apiVersion}/graphql.json`;
    const answer = await calls.call(url, { method: "POST", headers, body, stopping: signal });
    if (answer.status !== 401 || !access.refused(token)) return answer;
    // The token ended before its time: once more with another one. The shop has done nothing.
    const renewed = { ...headers, "x-shopify-access-token": await access.token(stopping) };
    return calls.call(url, { method: "POST", headers: renewed, body, stopping: signal });
  };
  return {
    /** That Shopify answers by another version than was asked for, in words; null when it does not, undefined before its first answer. */
    otherVersion: () => otherVersion,
    /**
     * Asks, and reads the data of the answer by its shape. A write goes on when the worker stops, for its outcome is wanted: `stopping` only ends
     * the wait before it.
     * @throws TargetFailure
     */
    ask: async <Data>(
      request: Request,
      shape: z.ZodType<Data>,
      { stopping, isWrite }: { readonly stopping: AbortSignal; readonly isWrite?: true },
    ): Promise<Data> => {
      const points = costs.get(request.query) ?? POINTS_AT_FIRST;
      const reservation = await pace.reserve(points, stopping).catch((error: unknown) => {
        throw new TargetFailure("away", "the worker stops", { cause: error });
      });
      let status: BucketStatus | undefined;
      try {
        const signal = isWrite ? new AbortController().signal : stopping;
        const answer = await send(JSON.stringify(request), stopping, signal);
        const frame = frameOf(answer);
        noteVersion(answer);
        const cost = frame.extensions?.cost;
        status = cost?.throttleStatus;
        // What a request costs follows from how much it asks for: the dearest one is reserved.
        if (cost) costs.set(request.query, Math.max(costs.get(request.query) ?? 0, cost.requestedQueryCost));
        if (frame.errors && frame.errors.length > 0) throw frameFailure(frame);
        const data = shape.safeParse(frame.data);
        if (!data.success) throw new TargetFailure("away", "Shopify's answer is not of the shape that was asked for");
        return data.data;
      } finally {
        pace.settle(reservation, status);
      }
    },
  };
}

const statusWords: Readonly<Record<number, string>> = {
  401: "it does not accept the access token",
  402: "the shop is frozen: it owes Shopify money",
  403: "the app may not do this: look at its access scopes",
  404: "there is no such shop, or no such API version",
  423: "the shop is locked",
};

/** The frame of an answer at HTTP 200. @throws TargetFailure for all others */
function frameOf(answer: TargetAnswer): Frame {
  const { status, text } = answer;
  if (status !== 200) {
    const words = statusWords[status];
    throw new TargetFailure(
      status === 429 ? "throttled" : "away",
      `Shopify answered ${status}${words === undefined ? "" : `: ${words}`}`,
      { retryAfterMs: retryAfterMs(answer) },
    );
  }
  const frame = frameShape.safeParse(jsonOf(text));
  if (!frame.success) throw new TargetFailure("away", "Shopify's answer is no JSON, or cut off");
  return frame.data;
}

/** These are about what was sent, not about the shop: in halves the level at fault is found. */
const REFUSED = new Set(["INVALID_VARIABLE", "MAX_INPUT_SIZE_EXCEEDED"]);

function frameFailure({ errors = [], extensions }: Frame): TargetFailure {
  const [first] = errors;
  const code = first?.extensions?.code;
  if (code === "THROTTLED") {
    const cost = extensions?.cost;
    const missing = cost ? cost.requestedQueryCost - cost.throttleStatus.currentlyAvailable : 0;
    const ms = cost ? Math.ceil((missing / cost.throttleStatus.restoreRate) * 1_000) : 0;
    return new TargetFailure("throttled", "Shopify throttles this channel", {
      retryAfterMs: Math.max(THROTTLE_MS_MIN, ms),
    });
  }
  const said = (first?.message ?? "").slice(0, SHOWN_CHARACTERS_MAX).replaceAll(/\s/g, " ");
  const words = `Shopify answered ${code ?? "an error"}: ${said}`;
  if (code === "ACCESS_DENIED") return new TargetFailure("away", `${words} (look at the app's access scopes)`);
  return new TargetFailure(code !== undefined && REFUSED.has(code) ? "refused" : "away", words);
}

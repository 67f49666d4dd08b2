// A target that is an HTTP API of JSON: where it is, calls to it, and what an answer means that nobody expects. Such targets stand behind caches,
// firewalls and pages for people, so an answer is believed only where it is the JSON that was asked for.
import { jsonOf } from "@inventory-sync/domain";
import { z } from "zod";
import { TargetFailure } from "../target.ts";
import { type CallOptions, openCalls, retryAfterMs, type TargetAnswer, urlFault } from "./guarded-agent.ts";

const ANSWER_SECONDS_MAX = 300;
const ANSWER_SECONDS = 30;
const SHOWN_CHARACTERS_MAX = 300;

/** The settings of where an API is. */
export const apiSettings = {
  /** Where the shop is; its own paths follow. */
  baseUrl: z.string(),
  answerSecondsMax: z.number().int().min(1).max(ANSWER_SECONDS_MAX).default(ANSWER_SECONDS),
  allowPrivateAddresses: z.boolean().default(false),
};
type ApiSettings = z.output<z.ZodObject<typeof apiSettings>>;

/** Refines settings that have `apiSettings`. */
export function checkBaseUrl({ baseUrl, allowPrivateAddresses }: ApiSettings, context: z.RefinementCtx): void {
  const fault =
    urlFault(baseUrl, { allowPrivate: allowPrivateAddresses }) ??
    (/[?#]/.test(baseUrl) ? "must end with its path, without ? and #" : undefined);
  if (fault !== undefined) context.addIssue({ code: "custom", path: ["baseUrl"], message: fault });
}

/** A base address as all ways of writing it: without a slash at the end. */
export function plainBase(baseUrl: string): string {
  const { href } = new URL(baseUrl);
  return href.endsWith("/") ? href.slice(0, -1) : href;
}

/** An answer, with its body where that is JSON; undefined where it is not. */
export interface JsonAnswer extends TargetAnswer {
  readonly body: unknown;
}

/** The calls to one API. Paths begin with a slash. */
export type JsonApi = ReturnType<typeof openJsonApi>;

/** Opens the calls to an API. @param authorization the header that lets in */
export function openJsonApi(
  { baseUrl, answerSecondsMax, allowPrivateAddresses }: ApiSettings,
  { authorization, atOnceMax }: { readonly authorization: string; readonly atOnceMax: number },
) {
  const answerMsMax = answerSecondsMax * 1_000;
  const calls = openCalls({ allowPrivate: allowPrivateAddresses, atOnceMax, answerMsMax });
  const base = plainBase(baseUrl);
  const headers = { authorization, accept: "application/json" };
  const call = async (
    path: string,
    options: Pick<CallOptions, "method" | "body" | "stopping">,
  ): Promise<JsonAnswer> => {
    const json = options.body === undefined ? {} : { "content-type": "application/json" };
    const answer = await calls.call(base + path, { ...options, headers: { ...headers, ...json } });
    return { ...answer, body: jsonOf(answer.text) };
  };
  return {
    /** @throws TargetFailure when there is no answer; an answer of any status is none */
    get: (path: string, stopping: AbortSignal) => call(path, { method: "GET", stopping }),
    /** @throws as `get` */
    post: (path: string, body: unknown, stopping: AbortSignal) =>
      call(path, { method: "POST", body: JSON.stringify(body), stopping }),
    close: () => calls.close(),
  };
}

/** The body of an answer as the schema has it. @throws TargetFailure when it has another status, or is not that */
export function bodyOf<Body>(answer: JsonAnswer, schema: z.ZodType<Body>): Body {
  const read = answer.status >= 200 && answer.status < 300 ? schema.safeParse(answer.body) : undefined;
  if (read?.success) return read.data;
  throw apiFailure(answer);
}

/** A list of things. One that is of another form than the rest is undefined in it: it says nothing of its neighbours. */
export function listOf<Thing>(thing: z.ZodType<Thing>) {
  return z.array(thing.optional().catch(undefined));
}

/** Why nothing is known of a thing that `listOf` could not read. */
export const ODD = "the target's answer for it is of another form than its documentation has";

const errorBody = z.looseObject({ message: z.string() });
const REFUSED = new Set([400, 413, 422]);

/**
 * What an answer means that is not what was asked for: 429 is slower, and 400, 413 and 422 refuse the call where the API itself says so, not
 * a page before it.
 * @param words what the API says, where its own `message` is not enough
 */
export function apiFailure(answer: JsonAnswer, words?: string): TargetFailure {
  const said = words ?? redirectOf(answer) ?? errorBody.safeParse(answer.body).data?.message;
  const what =
    said === undefined
      ? answer.body === undefined
        ? "with what is not JSON (a page for people, or a broken answer)"
        : "with JSON of another form than its documentation has"
      : `: ${said.trim().slice(0, SHOWN_CHARACTERS_MAX)}`;
  const message = `the target answered ${answer.status}${said === undefined ? " " : ""}${what}`;
  const after = { retryAfterMs: retryAfterMs(answer) };
  if (answer.status === 429) return new TargetFailure("throttled", message, after);
  const isRefusal = REFUSED.has(answer.status) && said !== undefined;
  return new TargetFailure(isRefusal ? "refused" : "away", message, after);
}

/** Redirects are not followed: behind one may be anything, and it gets the secret. */
function redirectOf({ status, headers }: JsonAnswer): string | undefined {
  if (status < 300 || status > 399) return undefined;
  return `a redirect to ${String(headers.location).slice(0, SHOWN_CHARACTERS_MAX / 2)}. Where that is right, make it the "baseUrl"`;
}

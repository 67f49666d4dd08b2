// Calls to a target: one agent a channel, which looks at each address where it connects, not before. A name that resolves to another address
// at the second look is then no way into a private network.
import { lookup as lookUp } from "node:dns";
import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";
import { Agent, type Dispatcher, errors, request } from "undici";
import { TargetFailure } from "../target.ts";

const CONNECT_MS_MAX = 10_000;
const ANSWER_MS_MAX = 30_000;
const ANSWER_CHARACTERS_MAX = 2_000_000;
const [UNREAD_BYTES_MAX, UNREAD_MS_MAX] = [65_536, 500];
const DELAY_MS_MAX = 3_600_000;

/** Loopback, private, link-local (metadata services, Azure's too), carrier and documentation networks, multicast and what is reserved. */
const PRIVATE: readonly (readonly [string, number, "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["168.63.129.16", 32, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 96, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["64:ff9b:1::", 48, "ipv6"],
  ["100::", 64, "ipv6"],
  ["2001::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["fec0::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

const blocked = new BlockList();
for (const [net, prefix, family] of PRIVATE) blocked.addSubnet(net, prefix, family);

/** Whether an address is of a network that is not the public internet. One that is no address counts as private. */
export function isPrivateAddress(address: string): boolean {
  const [plain = ""] = address.split("%");
  const family = isIP(plain);
  if (family === 0) return true;
  return blocked.check(plain, family === 4 ? "ipv4" : "ipv6");
}

/** What an address of the settings must be: http or https, without a user in it, and https unless private addresses are allowed. */
export function urlFault(text: string, { allowPrivate }: { readonly allowPrivate: boolean }): string | undefined {
  if (!URL.canParse(text)) return "must be an address, such as https://shop.example/levels";
  const { protocol, username, password } = new URL(text);
  if (protocol !== "https:" && !(protocol === "http:" && allowPrivate))
    return 'must begin with https:// ("allowPrivateAddresses": true also allows http://, for a target on site)';
  if (username !== "" || password !== "") return "must have no user and password in it";
  return undefined;
}

export interface TargetAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export type TargetCalls = ReturnType<typeof openCalls>;

export interface CallOptions {
  readonly method: "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly stopping: AbortSignal;
  /** A status of success says all: what follows it is not waited for, however long or slow it is. */
  readonly isStatusEnough?: true;
}

/** Opens the calls of one channel. @param given `answerMsMax`: how long an answer may take, 30 s where it is not given */
export function openCalls(given: {
  readonly allowPrivate: boolean;
  readonly atOnceMax: number;
  readonly answerMsMax?: number;
}) {
  const { allowPrivate, atOnceMax, answerMsMax = ANSWER_MS_MAX } = given;
  const agent = new Agent({
    connections: atOnceMax,
    connect: { lookup: guardedLookup(allowPrivate), timeout: CONNECT_MS_MAX },
    headersTimeout: answerMsMax,
    bodyTimeout: answerMsMax,
    maxResponseSize: ANSWER_CHARACTERS_MAX,
  });
  return {
    /**
     * POSTs or GETs. Redirects are not followed.
     * @throws TargetFailure "away" when nothing of the request was written; "unknown" when there is no whole answer to one that was, so that it
     * may have arrived
     */
    call: async (url: string, options: CallOptions): Promise<TargetAnswer> => {
      const { method, headers, body, stopping, isStatusEnough } = options;
      const { hostname } = new URL(url);
      const literal = hostname.replace(/^\[|\]$/g, "");
      // An address in place of a name is not looked up.
      if (isIP(literal) !== 0 && !allowPrivate && isPrivateAddress(literal)) throw refusedAddress(literal);
      const late = AbortSignal.timeout(answerMsMax);
      let isWritten = false;
      const noteWriting = (): void => {
        isWritten = true;
      };
      try {
        const answer = await request(url, {
          dispatcher: agent.compose(beforeWriting(noteWriting)),
          method,
          headers: { ...headers },
          ...(body !== undefined && { body }),
          signal: AbortSignal.any([late, stopping]),
        });
        const { statusCode: status } = answer;
        if (isStatusEnough && status >= 200 && status < 300) {
          await leaveUnread(answer.body);
          return { status, headers: answer.headers, text: "" };
        }
        return { status, headers: answer.headers, text: await answer.body.text() };
      } catch (error) {
        throw failureOf(error, { lateMs: late.aborted ? answerMsMax : undefined, isWritten });
      }
    },
    close: () => agent.destroy(),
  };
}

/** Ends an answer of which nothing is wanted: a short one is read, so that its connection can be used again, any other one is cut off. */
function leaveUnread(body: Dispatcher.ResponseData["body"]): Promise<void> {
  return body.dump({ limit: UNREAD_BYTES_MAX, signal: AbortSignal.timeout(UNREAD_MS_MAX) }).catch(() => undefined);
}

/** How long a target asks to be left alone, from its Retry-After; undefined when it does not say. A time of day is one by the target's own clock. */
export function retryAfterMs({ headers }: Pick<TargetAnswer, "headers">): number | undefined {
  const { date, "retry-after": given } = headers;
  if (typeof given !== "string") return undefined;
  const theirNow = typeof date === "string" ? Date.parse(date) : Number.NaN;
  const now = Number.isNaN(theirNow) ? Date.now() : theirNow;
  const ms = /^\d{1,6}$/.test(given.trim()) ? Number(given) * 1_000 : Date.parse(given) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, DELAY_MS_MAX) : undefined;
}

function guardedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const wrong = allowPrivate ? undefined : addresses.find(({ address }) => isPrivateAddress(address));
      if (wrong) return callback(refusedAddress(wrong.address), "", 0);
      const [first] = addresses;
      if (options.all) return callback(null, addresses as never, 0);
      callback(null, first?.address ?? "", first?.family ?? 0);
    });
  };
}

function refusedAddress(address: string): TargetFailure {
  const family = isIPv6(address) ? "IPv6 " : "";
  return new TargetFailure(
    "away",
    `the target is at the ${family}address ${address} of a private network; "allowPrivateAddresses": true in the channel's settings allows that`,
  );
}

/**
 * Calls `note` right before the first byte of a request is written, which is after its connection stands: undici then begins the request
 * on its socket, and writes it in the same turn unless it was given up before.
 */
function beforeWriting(note: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => {
        handler.onRequestStart?.(controller, context);
        if (!controller.aborted) note();
      },
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (...given) => handler.onResponseStart?.(...given),
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    });
}

/** @param lateMs how long was waited, where that was too long */
function failureOf(
  error: unknown,
  { lateMs, isWritten }: { readonly lateMs: number | undefined; readonly isWritten: boolean },
): TargetFailure {
  if (error instanceof TargetFailure) return error;
  const { cause, code, message } = error as { cause?: unknown; code?: string; message?: string };
  if (cause instanceof TargetFailure) return cause;
  const reason =
    lateMs !== undefined
      ? `there was no answer within ${lateMs} ms`
      : error instanceof errors.ResponseExceededMaxSizeError
        ? "the target's answer is too long"
        : `${isWritten ? "the target's answer was lost" : "the target cannot be reached"} (${code ?? message})`;
  return new TargetFailure(isWritten ? "unknown" : "away", reason, { cause: error });
}

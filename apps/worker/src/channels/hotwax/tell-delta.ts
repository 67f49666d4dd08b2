// One level, one call of updateInventoryByIdentification, and what its answer means. HotWax documents the answer to a call that worked and none
// other: what is not known to have been refused may have been taken.
import { type ChannelProblem, channelProblems, jsonOf } from "@inventory-sync/domain";
import { retryAfterMs, type TargetAnswer, type TargetCalls } from "../http/guarded-agent.ts";
import { type FailedFate, type LevelToTell, TargetFailure, type ToldFate } from "../target.ts";
import { heldNumber, keptOf, keptText } from "./kept.ts";

const LOOKED_AT_CHARACTERS_MAX = 2_000;
const SHOWN_CHARACTERS_MAX = 200;

export interface Oms {
  readonly calls: TargetCalls;
  readonly url: string;
  readonly locationSeqId: string;
  readonly reasons: { readonly decrease: string; readonly increase: string };
  token(): string;
  /** Reads the token anew, for the calls to come. */
  renewToken(): void;
}

/**
 * Sends by how much levels changed since HotWax last confirmed them, each another one, some at once. After a call that failed no further ones
 * are begun. A failure is "away" or "throttled" when HotWax did not take the delta, "unknown" when it may have.
 */
export async function tellDeltas(
  oms: Oms,
  levels: readonly LevelToTell[],
  { stopping, atOnceMax }: { readonly stopping: AbortSignal; readonly atOnceMax: number },
): Promise<(ToldFate | FailedFate)[]> {
  const fates: (ToldFate | FailedFate)[] = [];
  const waiting = [...levels.entries()];
  let failure: TargetFailure | undefined;
  const tellNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, level] = next;
      try {
        fates[at] = failure ? notBegun(failure) : await tellDelta(oms, level, stopping);
      } catch (error) {
        if (!(error instanceof TargetFailure)) throw error;
        failure ??= error;
        fates[at] = { fate: "failed", failure: error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnceMax, levels.length) }, tellNext));
  return fates;
}

function notBegun(failure: TargetFailure): FailedFate {
  const isSent = failure.kind === "unknown";
  return { fate: "failed", failure: isSent ? new TargetFailure("away", failure.message) : failure };
}

async function tellDelta(oms: Oms, level: LevelToTell, stopping: AbortSignal): Promise<ToldFate> {
  const { place, row } = keptOf(level.target) ?? {};
  if (row) return unknown(`It stands in the reset file ${row.file}: until that is settled no change of it is sent.`);
  if (level.told === null || (place !== undefined && place !== level.place))
    return { ...unknown(NEVER_TOLD), target: keptText({ place: level.place }) };
  const delta = heldNumber(level) - level.told;
  if (delta === 0) return confirmed(level);
  const body = JSON.stringify({
    ...{ facilityId: level.place, availableDelta: delta, idType: level.idType, idValue: level.idValue },
    locationSeqId: oms.locationSeqId,
    varianceReasonId: delta < 0 ? oms.reasons.decrease : oms.reasons.increase,
  });
  const headers = { "content-type": "application/json", authorization: `Bearer ${oms.token()}` };
  const answer = await oms.calls.call(oms.url, { method: "POST", headers, body, stopping });
  return isTaken(answer) ? confirmed(level) : refusalOf(oms, answer);
}

const NEVER_TOLD =
  "HotWax takes changes over this call, and what it has of this level at this facility is not known. Configure resetFile, by which first numbers are sent, or settle it once HotWax has our number.";

function confirmed({ place }: LevelToTell): ToldFate {
  return { fate: "confirmed", target: keptText({ place }) };
}

function unknown(message: string): ToldFate {
  return { fate: "set-aside", code: "UNKNOWN_OUTCOME", message };
}

/** Redirects by which the call was not done here. 303 is none of them: it follows what was done. */
const ELSEWHERE = new Set([301, 302, 307, 308]);

function isTaken({ status, text }: TargetAnswer): boolean {
  const given = objectOf(text);
  return status >= 200 && status < 300 && given !== undefined && !saysError(given);
}

/** @throws TargetFailure */
function refusalOf(oms: Oms, answer: TargetAnswer): ToldFate {
  const { status } = answer;
  const text = answer.text.slice(0, LOOKED_AT_CHARACTERS_MAX).trim();
  const message = `HotWax answered ${status}${text === "" ? "" : `: ${text.slice(0, SHOWN_CHARACTERS_MAX)}`}`;
  if (status === 401 || status === 403) {
    oms.renewToken();
    throw new TargetFailure("away", `HotWax does not take the token (${status}). Renew it where the settings find it`);
  }
  if (status === 429) throw new TargetFailure("throttled", message, { retryAfterMs: retryAfterMs(answer) });
  const isNoService =
    (status === 404 && objectOf(answer.text) === undefined) || status === 405 || ELSEWHERE.has(status);
  if (isNoService) throw new TargetFailure("away", `${message}. Check baseUrl: there is no such service`);
  // 408: it has not seen all of the request, or says so.
  if (status >= 400 && status < 500 && status !== 408 && text !== "") {
    const code = problemOf(text);
    return { fate: "set-aside", code, message: `${message}. ${channelProblems[code]}` };
  }
  throw new TargetFailure("unknown", message);
}

function objectOf(text: string): object | undefined {
  const value = jsonOf(text);
  return typeof value === "object" && value !== null ? value : undefined;
}

/** The names under which OFBiz services, as this one is, tell of errors below a status of success. */
const ERROR_FIELDS = ["_ERROR_MESSAGE_", "_ERROR_MESSAGE_LIST_", "errorMessage", "errorMessageList", "error", "errors"];

function saysError(given: object): boolean {
  return ERROR_FIELDS.some((field) => Object.hasOwn(given, field));
}

/** What HotWax refuses, by its words: "Facility with external ID X: Not Found". The first thing that it names is what it has not found. */
export function problemOf(text: string): ChannelProblem {
  if (!/not found|does not exist|no such|unknown|invalid/i.test(text)) return "REFUSED";
  const named = /facility|product|identification|idvalue/i.exec(text)?.[0].toLowerCase();
  if (named === undefined) return "REFUSED";
  return named === "facility" ? "UNMAPPED_FACILITY" : "UNMAPPED_PRODUCT";
}

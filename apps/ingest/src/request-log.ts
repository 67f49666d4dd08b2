// What the operator learns of the requests: a line in the log and a note for each refused one, and each minute how many there were of
// each client. A client that is refused very often is told of a few times a minute, with how many were left out. The id of a request is on
// its answer, in its refusal and in the log, so that client and operator speak of the same one.
import { randomUUID } from "node:crypto";
import {
  bodyHead,
  type ClientMinute,
  firstEventId,
  hashKey,
  KEY_ID_LENGTH,
  noteText,
  type RefusedRequest,
  type RequestNote,
} from "@inventory-sync/domain";
import { jsonPointer, type Logger } from "@inventory-sync/runtime";
import type { Request, Response } from "express";
import { calls, REQUEST_ID_HEADER } from "./calls.ts";
import { bearerKey } from "./clients.ts";
import type { Problem } from "./problem.ts";

/** A request as far as it was known when it was refused. */
export interface RefusedAbout {
  readonly requestId: string;
  /** Undefined when it was refused before its client was known. */
  readonly client?: string | undefined;
  readonly method: string;
  /** The path of a call; undefined of another address, or when the request could not be read. */
  readonly route?: string | undefined;
  readonly address: string | undefined;
  readonly authorization?: string | undefined;
  readonly body?: Uint8Array | undefined;
  /** How many events or documents the body has; undefined when it was refused before that was known. */
  readonly events?: number | undefined;
}

export type RequestLog = ReturnType<typeof createRequestLog>;

type Counts = { [Of in Exclude<keyof ClientMinute, "client" | "minute" | "process">]: number };

const NONE: Counts = { accepted: 0, refused: 0, unavailable: 0, leftOut: 0, lateSignatures: 0, badSignatures: 0 };

const MINUTE_MS = 60_000;
/** So many refusals of one client are told at once, and then one in each so many milliseconds. */
const TOLD_AT_ONCE_MAX = 20;
const TOLD_EVERY_MS = 6_000;
/** What no call answers: strangers try many addresses, and no client is refused by it. */
const OF_NO_CALL: ReadonlySet<number> = new Set([404, 405]);

/** Starts it. @param note takes a note along, or returns false when it is left out; @param now for tests */
export function createRequestLog(given: {
  readonly note: (text: string) => boolean;
  readonly log: Logger;
  readonly now?: () => number;
}) {
  const { note, log, now = Date.now } = given;
  const process = randomUUID();
  const told = new Map<string, { level: number; atMs: number }>();
  let counts = new Map<string, Counts>();
  let minuteMs = startOfMinute(now());
  let timer: NodeJS.Timeout;

  const countsOf = (client: string): Counts => {
    const known = counts.get(client) ?? { ...NONE };
    counts.set(client, known);
    return known;
  };
  const send = (each: RequestNote): boolean => note(JSON.stringify(each));

  const endMinute = (): void => {
    const minute = new Date(minuteMs).toISOString();
    for (const [client, each] of counts) {
      if (each.leftOut > 0)
        log.info({ ...whose(client), leftOut: each.leftOut }, "more refused requests were left out");
      send({ minute: { client: noteText(client), minute, process, ...each } });
    }
    counts = new Map();
    minuteMs = startOfMinute(now());
    timer = setTimeout(endMinute, minuteMs + MINUTE_MS - now()).unref();
  };
  timer = setTimeout(endMinute, minuteMs + MINUTE_MS - now()).unref();

  /** Whether this one is told. As many buckets as there are clients, and two for what has none. */
  const isTold = (bucket: string): boolean => {
    const nowMs = now();
    const { level, atMs } = told.get(bucket) ?? { level: 0, atMs: nowMs };
    const left = Math.max(0, level - (nowMs - atMs) / TOLD_EVERY_MS);
    if (left > TOLD_AT_ONCE_MAX - 1) return false;
    told.set(bucket, { level: left + 1, atMs: nowMs });
    return true;
  };

  return {
    /** Costs a look into a map: it is on the way of every sale. */
    accepted(client: string): void {
      countsOf(client).accepted += 1;
    },
    refused(problem: Problem, about: RefusedAbout): void {
      const isOfCall = about.route !== undefined && !OF_NO_CALL.has(problem.status);
      const each = isOfCall ? countsOf(about.client ?? "") : undefined;
      if (each !== undefined) each[problem.status >= 500 ? "unavailable" : "refused"] += 1;
      if (each !== undefined && problem.signature !== undefined)
        each[problem.signature === "good" ? "lateSignatures" : "badSignatures"] += 1;
      if (!isTold(about.client ?? (isOfCall ? " unknown" : " no call"))) {
        if (each !== undefined) each.leftOut += 1;
        return;
      }
      const refused = briefOf(problem, about);
      const { client, requestId, status, code, pointer, eventId, keyId, address, call } = refused;
      const fields = { requestId, status, code, pointer, eventId, keyId, address, call };
      const known = Object.entries(fields).filter(([, value]) => value !== null);
      log.info({ ...whose(client), ...Object.fromEntries(known) }, `request refused: ${refused.detail}`);
      if (!send({ refused }) && each !== undefined) each.leftOut += 1;
    },
    /** Notes what was counted since the last full minute. */
    stop(): void {
      clearTimeout(timer);
      endMinute();
      clearTimeout(timer);
    },
  };
}

function startOfMinute(ms: number): number {
  return ms - (ms % MINUTE_MS);
}

function whose(client: string): { readonly client?: string } {
  return client === "" ? {} : { client };
}

function briefOf(problem: Problem, about: RefusedAbout): RefusedRequest {
  const { requestId, client, method, route, address = "", authorization, body } = about;
  const key = bearerKey(authorization);
  const head = body === undefined || body.length === 0 ? null : bodyHead(body, key);
  const [fault] = problem.faults;
  return {
    id: randomUUID(),
    at: new Date().toISOString(),
    client: noteText(client ?? ""),
    keyId: client === undefined && key !== undefined ? hashKey(key).slice(0, KEY_ID_LENGTH) : null,
    address: noteText(address),
    call: route === undefined ? "other" : `${method} ${route}`,
    status: problem.status,
    code: problem.type.slice(problem.type.indexOf("#") + 1),
    detail: noteText(fault === undefined ? problem.message : `${problem.message} ${fault.detail}`),
    pointer: fault?.path === undefined ? null : noteText(jsonPointer(fault.path)),
    eventId: head === null ? null : firstEventId(head),
    requestId,
    bodyHead: head,
    events: about.events ?? null,
    faulty: faultyIn(problem),
    signature: problem.signature ?? null,
  };
}

/** In how many events or documents of the body there are faults; null when no place is named. */
function faultyIn({ faults }: Problem): number | null {
  const places = faults.flatMap(({ path }) => (path === undefined ? [] : [path]));
  if (places.length === 0) return null;
  // Of a body that is one event the paths begin with its fields.
  return new Set(places.map(([first]) => (typeof first === "number" ? first : 0))).size;
}

/** What is taken over from a client: it stands in log lines and headers as it is. */
const SANE = /^[\w.:+/=@-]{1,128}$/;

/** Gives a request its id, the client's own where it has a sane one, and sets the header of its answer. */
export function nameRequest(request: Request, response: Response): string {
  const given = request.headers["x-request-id"];
  const id = typeof given === "string" && SANE.test(given) ? given : randomUUID();
  response.locals.requestId = id;
  response.setHeader(REQUEST_ID_HEADER, id);
  return id;
}

/** The id that `nameRequest` gave. */
export function requestIdOf(response: Response): string {
  const id: unknown = response.locals.requestId;
  return typeof id === "string" ? id : randomUUID();
}

const paths = new Set<string>(Object.values(calls).map(({ path }) => path));

/** The path of the call that a request is for; undefined for another address. */
export function routeOf(request: Request): string | undefined {
  return paths.has(request.path) ? request.path : undefined;
}

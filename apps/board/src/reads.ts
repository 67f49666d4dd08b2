// Which database a request is answered from: the primary or, where there is one, its replica. This is the one place that decides it. Whoever
// wrote something takes along up to where the log was written then, people in a cookie and machines in a header, and is never shown less.
import { isOutage, isTransient, LSN, type Replica, writtenUpTo } from "@inventory-sync/db";
import { Gauge, type Registry } from "@inventory-sync/runtime";
import type { Request, Response } from "express";
import { type Endpoint, isBeforeSignIn } from "./endpoint.ts";
import type { Parts } from "./parts.ts";
import { identityOf } from "./people/identity.ts";
import { readCookie } from "./people/sessions.ts";

/** Of a write's answer, and of a read that shall not show less. */
const READ_AFTER = "x-read-after";
const COOKIE = "board_read_after";

/** Reads on which somebody decides, and the log of what was decided: what they show must be so now. */
export const NEWEST: readonly string[] = [
  ...["/api/resets/{id}", "/resets/{id}", "/resets/{id}/revert"],
  ...["/api/audit", "/api/audit.csv", "/audit"],
  ...["/jobs", "/api/jobs/failed", "/api/jobs/failed.csv", "/api/jobs/clashes"],
  ...["/facilities/{facilityId}/clock", "/names"],
];

/** The board's parts as a request is given them. */
export interface Reads {
  /** Those that pages which renew themselves are compared by. */
  readonly current: () => Parts;
  readonly all: readonly Parts[];
  /** Answers a request with the parts that it is to have; one that the replica could not finish is answered once more from the primary. */
  answer(endpoint: Endpoint, request: Request, response: Response): Promise<void>;
}

/** @param primary the parts of a board that reads from the primary */
export function chooseReads(primary: Parts): Reads {
  const { replica } = primary;
  if (replica === undefined) {
    return {
      current: () => primary,
      all: [primary],
      answer: async (endpoint, request, response) => endpoint.handle(primary, request, response),
    };
  }
  const fromReplica: Parts = { ...primary, database: replica.database, ageMs: () => replica.standing().ageMs };
  return {
    current: () => (replica.isUsable() ? fromReplica : primary),
    all: [primary, fromReplica],
    async answer(endpoint, request, response) {
      if (!(await mayBeOlder(replica, endpoint, request))) return endpoint.handle(primary, request, response);
      try {
        response.set({ "x-read-from": "replica", "x-read-age-ms": String(replica.standing().ageMs) });
        return await endpoint.handle(fromReplica, request, response);
      } catch (error) {
        // The replica cancels what keeps it from replaying (40001), and may go away.
        if (response.headersSent || !(isOutage(error) || isTransient(error))) throw error;
        for (const header of ["x-read-from", "x-read-age-ms"]) response.removeHeader(header);
        return endpoint.handle(primary, request, response);
      }
    },
  };
}

async function mayBeOlder(replica: Replica, endpoint: Endpoint, request: Request): Promise<boolean> {
  const { method, access, path } = endpoint;
  if (method !== "get" || isBeforeSignIn(access) || NEWEST.includes(path) || !replica.isUsable()) return false;
  const after = request.get(READ_AFTER) ?? readCookie(request, COOKIE);
  return after === undefined || !LSN.test(after) || replica.shows(after);
}

/** Gives the answer of a write what later reads of the same person or machine take along. Never throws. */
export async function noteWritten({ database, replica }: Parts, response: Response): Promise<void> {
  if (replica === undefined || response.headersSent) return;
  const lsn = await writtenUpTo(database).catch(() => undefined);
  if (lsn === undefined || response.headersSent) return;
  response.set(READ_AFTER, lsn);
  if (identityOf(response).by === "session")
    response.cookie(COOKIE, lsn, { httpOnly: true, sameSite: "strict", secure: response.req.secure, path: "/" });
}

/** What readiness says of the replica; it never makes the board unready, as the primary can answer everything. */
export function replicaCheck(replica: Replica | undefined): Readonly<Record<string, () => Promise<unknown>>> {
  return replica === undefined
    ? {}
    : { replica: async () => ({ ...replica.standing(), isReadFrom: replica.isUsable() }) };
}

/** Registers how old the replica is, and whether it is read from. */
export function registerReplicaMetrics(registry: Registry, replica: Replica): void {
  new Gauge({
    name: "inventory_read_replica_age_seconds",
    help: "What the replica of DATABASE_READ_URL shows is no older than this; missing where that is not known",
    registers: [registry],
    collect() {
      const { ageMs } = replica.standing();
      this.remove({});
      if (ageMs !== undefined) this.set(ageMs / 1_000);
    },
  });
  new Gauge({
    name: "inventory_read_replica_in_use",
    help: "1 while the replica of DATABASE_READ_URL is read from, 0 while the primary is in its place",
    registers: [registry],
    collect() {
      this.set(replica.isUsable() ? 1 : 0);
    },
  });
}

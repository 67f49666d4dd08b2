// The system as the outside has it: events over HTTP, files over SFTP, the board's API to read. Nothing here looks inside.
import { expect } from "vitest";
import { eventually, type System } from "../support/index.ts";
import { type SftpClient, sftpClient } from "./sftp-client.ts";

/** How long a step may take on a machine that is busy with other tests. */
export const stepMsMax = 75_000;

/** What holds a facility is another matter, with tests of its own: here every count is believed. */
export const noGuards = {
  ...{ GUARD_REJECTED_PCT: "100", GUARD_ZEROED_PCT: "100" },
  ...{ GUARD_MISSING_PCT: "100", GUARD_UNITS_PCT: "1000000", GUARD_RENAMED_PCT: "100" },
};

export interface MovementSeen {
  readonly type: string;
  readonly line: number;
  readonly idType: string;
  readonly idValue: string;
  readonly quantity: number;
  readonly effect: number;
  readonly absorbed: boolean;
  readonly clockSkew: boolean;
  readonly occurredAt: string;
  readonly recordedAt: string;
}

export interface FacilityResetSeen {
  readonly facilityId: string;
  readonly state: string;
  readonly rows: number;
  readonly corrected: number;
  readonly [figure: string]: unknown;
}

export interface ResetSeen {
  readonly id: string;
  readonly file: string;
  readonly sha256: string | null;
  readonly asOf: string | null;
  readonly asOfFrom: string | null;
  readonly state: string;
  readonly rows: number;
  readonly rejected: number;
  readonly skipped: number;
  readonly facilities: readonly FacilityResetSeen[];
  /** In lists, in place of the facilities. */
  readonly facilityCounts?: Readonly<Record<string, number>>;
  readonly timings: Readonly<Record<string, number>>;
}

export interface FailedCauseSeen {
  readonly error: string;
  readonly queue: string;
  readonly count: number;
  readonly example: { readonly jobId: string; readonly name: string; readonly message: string };
}

/** One job as Bull Board shows it. */
export interface JobSeen {
  readonly id: string;
  readonly name: string;
  readonly attempts: number;
  readonly attemptsMade?: number;
  readonly progress: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly returnValue: unknown;
}

export interface Outside {
  readonly files: SftpClient;
  /** POSTs events, one or many; they must be accepted. */
  send(events: unknown): Promise<void>;
  /** Waits until the ledger has the event, and gives what became of it. */
  applied(facilityId: string, eventId: string): Promise<readonly MovementSeen[]>;
  /** What is on hand; undefined when the facility has never had the product. */
  onHand(facilityId: string, sku: string): Promise<number | undefined>;
  /** Runs the oldest waiting file, or the one named, and gives the reset's id. */
  beginReset(file?: string): Promise<string>;
  reset(id: string): Promise<ResetSeen>;
  /** Waits until a reset has ended, one way or another. */
  ended(id: string): Promise<ResetSeen>;
  /** Uploads a file, runs it, and waits until it has ended and the file is put away, with its reason or rejects beside it. */
  runFile(name: string, content: string | Buffer): Promise<ResetSeen>;
  failedCauses(): Promise<readonly FailedCauseSeen[]>;
  /** The newest jobs of a queue in one state, as Bull Board lists them, and how many there are in each. */
  jobs(queue: string, status: string): Promise<{ jobs: readonly JobSeen[]; counts: Readonly<Record<string, number>> }>;
  end(): void;
}

const endedStates = ["completed", "completed-with-holds", "failed", "preview", "reverted"];

/** Opens the outside of a running system. `files` is another SFTP server than the system's own one. */
export async function outsideOf(system: System, files?: SftpClient): Promise<Outside> {
  const client = files ?? (await sftpClient(system.sftp.url));
  // The board says when to come back while the database or the queue is too busy to answer it; nothing was done then.
  const answered = (path: string, body?: unknown) =>
    eventually(async () => {
      const answer = await system.board(path, body);
      return answer.status === 503 && answer.headers.has("retry-after") ? undefined : answer;
    });
  const get = async <T>(path: string): Promise<T> => {
    const response = await answered(path);
    if (response.status !== 200) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const reset = (id: string) => get<ResetSeen>(`/api/resets/${id}`);
  const beginReset = async (file?: string): Promise<string> => {
    const response = await answered("/api/resets", file === undefined ? {} : { file });
    const answer = (await response.json()) as { resetIds?: string[] };
    if (response.status !== 202) throw new Error(`no reset was begun: ${response.status} ${JSON.stringify(answer)}`);
    return answer.resetIds?.[0] ?? "";
  };
  const ended = (id: string) =>
    eventually(
      async () => {
        const seen = await reset(id);
        return endedStates.includes(seen.state) ? seen : undefined;
      },
      { withinMs: stepMsMax },
    );
  return {
    ...{ files: client, reset, beginReset, ended },
    send: async (events) => {
      const response = await system.postEvents(events);
      expect(await response.json()).toMatchObject({ accepted: Array.isArray(events) ? events.length : 1 });
      expect(response.status).toBe(202);
    },
    applied: (facilityId, eventId) =>
      eventually(
        async () => {
          const path = `/api/facilities/${encodeURIComponent(facilityId)}/events/${encodeURIComponent(eventId)}`;
          return (await get<{ movements: readonly MovementSeen[] }>(path)).movements;
        },
        { withinMs: stepMsMax },
      ),
    onHand: async (facilityId, sku) => {
      const path = `/api/facilities/${encodeURIComponent(facilityId)}/inventory/SKU/${encodeURIComponent(sku)}`;
      const response = await system.board(path);
      if (response.status === 404) return undefined;
      return ((await response.json()) as { onHand: number }).onHand;
    },
    runFile: async (name, content) => {
      await client.upload(name, content);
      const seen = await ended(await beginReset(name));
      // A reset ends with its commit; right after, the file goes to its place, and why it was refused is written beside it.
      await eventually(async () => {
        if ((await client.list("incoming")).includes(name)) return false;
        const refused = await client.list("rejected");
        return !refused.includes(name) || refused.includes(`${name}.reason.txt`);
      });
      return seen;
    },
    failedCauses: async () => (await get<{ items: FailedCauseSeen[] }>("/api/jobs/failed?groupBy=error")).items,
    jobs: async (queue, status) => {
      const query = `activeQueue=${queue}&status=${status}&page=1&jobsPerPage=500`;
      const { queues } = await get<BullBoardAnswer>(`/queues/api/queues?${query}`);
      const found = queues.find(({ name }) => name === queue);
      if (!found) throw new Error(`Bull Board shows no queue ${queue}`);
      return { jobs: found.jobs, counts: found.counts };
    },
    end: () => client.end(),
  };
}

interface BullBoardAnswer {
  readonly queues: readonly {
    readonly name: string;
    readonly jobs: readonly JobSeen[];
    readonly counts: Readonly<Record<string, number>>;
  }[];
}

/** A snapshot file of comma-separated rows: `[facility, sku, quantity]`. */
export function snapshotCsv(rows: readonly (readonly [string, string, number | string])[]): string {
  return ["externalFacilityId,sku,quantityOnHand", ...rows.map((row) => row.join(",")), ""].join("\n");
}

/** One event of one product, at a time of 2026-11-01 such as "13:10" (or a whole ISO time). */
export function eventOf(
  eventId: string,
  given: { type?: string; facilityId: string; sku?: string; quantity?: number; at: string },
) {
  const { type = "sale", facilityId, sku = "X", quantity = 1, at } = given;
  const occurredAt = at.includes("T") ? at : `2026-11-01T${at}:00Z`;
  return { eventId, facilityId, type, occurredAt, lines: [{ sku, quantity }] };
}

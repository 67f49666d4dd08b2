// Whether what a job was to do has been done: looked up in sets, because there may be hundreds of thousands of failed jobs.
import type { Database } from "../database.ts";
import { run } from "../statements.ts";

/** What a job was to do. */
export type Work =
  | {
      readonly kind: "events";
      readonly events: readonly {
        readonly facilityId: string;
        readonly eventId: string;
        /** SHA-256 (hex) of what bears on stock. */
        readonly content: string;
        readonly lines: number;
      }[];
    }
  | { readonly kind: "reset"; readonly resetId: string; readonly facilityId: string | null }
  | { readonly kind: "nothing" };

/**
 * How much of it is in the ledger: all of it, a part, nothing; `other` when an event's id is there with another content, so
 * that it can never be applied; `unknown` when the job does not say what it was to do.
 */
export type Effect = "all" | "part" | "none" | "other" | "unknown";

/** All effects, the harmless ones first. */
export const effects = ["all", "part", "none", "other", "unknown"] as const satisfies readonly Effect[];

/** As much of the SHA-256 as the ledger keeps. */
const CONTENT_HEX_DIGITS = 32;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The effects of works, in their order. */
export async function effectsOf(database: Database, works: readonly Work[]): Promise<Effect[]> {
  const [byEvents, byReset] = await Promise.all([eventEffects(database, works), resetEffects(database, works)]);
  return works.map((_work, index) => byEvents.get(index) ?? byReset.get(index) ?? "unknown");
}

async function eventEffects(database: Database, works: readonly Work[]): Promise<Map<number, Effect>> {
  const asked = works.flatMap((work, index) =>
    work.kind === "events" ? work.events.map((event) => ({ index, event })) : [],
  );
  if (asked.length === 0) return new Map();
  const rows = await run<{ same: number; other: number }>(database.pool, "events_in_ledger", [
    asked.map(({ event }) => event.facilityId),
    asked.map(({ event }) => event.eventId),
    asked.map(({ event }) => event.content.slice(0, CONTENT_HEX_DIGITS)),
  ]);
  const found = new Map<number, { wanted: number; same: number; other: number }>();
  for (const [ord, { index, event }] of asked.entries()) {
    const sum = found.get(index) ?? { wanted: 0, same: 0, other: 0 };
    const { same, other } = rows[ord] ?? { same: 0, other: 0 };
    const wanted = Math.max(1, event.lines);
    found.set(index, {
      wanted: sum.wanted + wanted,
      same: sum.same + Math.min(wanted, same),
      other: sum.other + other,
    });
  }
  return new Map(
    [...found].map(([index, { wanted, same, other }]) => [index, effectOf({ of: wanted, done: same, other })]),
  );
}

async function resetEffects(database: Database, works: readonly Work[]): Promise<Map<number, Effect>> {
  const asked = works.flatMap((work, index) =>
    work.kind === "reset" && UUID.test(work.resetId) ? [{ index, work }] : [],
  );
  if (asked.length === 0) return new Map();
  const rows = await run<{ facilities: number; applied: number }>(database.pool, "resets_in_ledger", [
    asked.map(({ work }) => work.resetId),
    asked.map(({ work }) => work.facilityId),
  ]);
  return new Map(
    asked.map(({ index }, ord) => {
      const { facilities, applied } = rows[ord] ?? { facilities: 0, applied: 0 };
      return [index, effectOf({ of: facilities, done: applied, other: 0 })];
    }),
  );
}

function effectOf({ of, done, other }: { readonly of: number; readonly done: number; readonly other: number }): Effect {
  if (other > 0) return "other";
  if (done === 0) return "none";
  return done < of ? "part" : "all";
}

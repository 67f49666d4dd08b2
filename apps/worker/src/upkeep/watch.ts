// What looking after alarms works with: one watch for each thing that may be wrong.
import type { Findings } from "@inventory-sync/db";
import type { ResetParts } from "../resets/parts.ts";

export type AlarmParts = Pick<ResetParts, "database" | "queues" | "config" | "metrics" | "log">;

/** Looks at one thing. It finds everything of the kinds that it judges; what it does not find is over. */
export type Watch = (parts: Omit<AlarmParts, "metrics" | "log">, now: Date) => Promise<Findings>;

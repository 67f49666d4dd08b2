// What a command of the operator's command line is, and what it may use.
import { setTimeout as sleep } from "node:timers/promises";
import type { ParseArgsConfig } from "node:util";
import { type Database, openDatabase } from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import { openQueues, type Queues } from "@inventory-sync/queue";
import { createLog, type Logger, shapeFaults } from "@inventory-sync/runtime";
import type { z } from "zod";
import type { Addresses } from "./config.ts";
import type { Output, timeWriter } from "./output.ts";

/** Exit codes, those above 1 as in sysexits.h. A wrong configuration ends with 78. */
export const exitCodes = { ok: 0, found: 1, usage: 64, away: 69, stopped: 130 } as const;

/** The command line was not understood; the message says what is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Something could not be done; the message says what, and what to do. */
export class Failure extends Error {
  override readonly name: string = "Failure";
}

/** A server could not be reached; the message says which, and what to check. */
export class Away extends Failure {
  override readonly name = "Away";
}

type OptionValue = string | boolean | (string | boolean)[] | undefined;

/** One run of a command. */
export interface Run {
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly positionals: readonly string[];
  readonly addresses: Addresses;
  readonly out: Output;
  /** Writes a time in the zone of the addresses. */
  readonly time: ReturnType<typeof timeWriter>;
  /** Warnings of the libraries, on standard error. */
  readonly log: Logger;
  /** Asks the operator at the terminal; undefined where there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** The same without showing what is typed. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
  /** The first line of standard input. */
  readonly readLine: () => Promise<string>;
  /** Aborted by Ctrl-C: long work stops after the part that is under way. */
  readonly signal: AbortSignal;
}

/** A command: its words, what it takes, what it does. */
export interface Command {
  /** One or two words, e.g. "reset run". */
  readonly name: string;
  /** What follows the words, e.g. "[--file NAME] [--wait]"; nothing where it is left out. */
  readonly usage?: string;
  readonly summary: string;
  readonly options?: ParseArgsConfig["options"];
  /** How many words may follow that are no options; none where it is left out. */
  readonly positionalsMax?: number;
  /** Does it and returns the exit code. */
  run(run: Run): Promise<number>;
}

/** A text option, or undefined. */
export function textOption({ options }: Run, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

const LIMIT = { byDefault: 50, max: 1_000 };

/** A whole number of an option, within bounds; without them, those of a list's length. @throws UsageError */
export function countOption(run: Run, name: string, bounds = LIMIT): number {
  const count = Number(textOption(run, name) ?? bounds.byDefault);
  if (!Number.isInteger(count) || count < 1 || count > bounds.max)
    throw new UsageError(`--${name} is a whole number from 1 to ${bounds.max}`);
  return count;
}

/** A product as it is written in a command: "UPCA:0123" is a type and a value; without a colon it is a SKU. */
export function productNamed(text: string): { readonly idType: string; readonly idValue: string } {
  const colon = text.indexOf(":");
  return colon > 0
    ? { idType: text.slice(0, colon), idValue: text.slice(colon + 1) }
    : { idType: "SKU", idValue: text };
}

/** What is wrong with a value, in words. */
export function faultsOf(schema: z.ZodType, value: unknown): string[] {
  const { error } = schema.safeParse(value);
  return error ? shapeFaults(error, value).map(({ path, detail }) => `${path.join(".")} ${detail}`) : [];
}

/** What was given, checked. @throws UsageError */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const faults = faultsOf(schema, value);
  if (faults.length > 0) throw new UsageError(faults.join("; "));
  return schema.parse(value);
}

/** How long the queue may take to answer at first. */
const QUEUE_WAIT_MS_MAX = 5_000;
const STATEMENT_MS_MAX = 10 * 60_000;

/** Opens the database for the time of `use`, as the operator's role unless another address is given. @throws Failure when it cannot be reached */
export async function withDatabase<T>(
  run: Run,
  use: (database: Database) => Promise<T>,
  url = run.addresses.database(),
): Promise<T> {
  const database = openDatabase({ url, name: "inventory-sync ops", poolMax: 3, statementMsMax: STATEMENT_MS_MAX });
  try {
    await database.ping().catch((error: unknown) => {
      throw new Away(
        `The database cannot be reached: ${messageOf(error)}. Check that it runs and that DATABASE_URL is right.`,
      );
    });
    return await use(database);
  } finally {
    await database.close();
  }
}

/** Opens the queue for the time of `use`. @throws Failure when it cannot be reached */
export async function withQueues<T>(run: Run, use: (queues: Queues) => Promise<T>): Promise<T> {
  const queues = await openQueues({ url: run.addresses.queue(), role: "inspector", log: run.log });
  try {
    await Promise.race([queues.connection.outage.whenUp(), sleep(QUEUE_WAIT_MS_MAX, undefined, { ref: false })]);
    const { durability, warnings } = await queues.ping();
    if (durability === "unreachable") {
      throw new Away(
        `The queue cannot be reached: ${warnings.join("; ")}. Check that it runs and that QUEUE_URL is right.`,
      );
    }
    return await use(queues);
  } finally {
    await queues.close();
  }
}

/** A log on standard error that only speaks of trouble, so that standard output stays what was asked for. */
export function createOpsLog(writeError: (text: string) => void): Logger {
  return createLog({ name: "ops", settings: { level: "error", format: "json" }, destination: { write: writeError } });
}

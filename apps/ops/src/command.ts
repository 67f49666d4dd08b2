// What a command of the operator's command line is, what it may use, and how it ends.
import { type Database, isOutage, sqlState } from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import type { Queues } from "@inventory-sync/queue";
import { ConfigError, type Logger, maskUrlsIn, shapeFaults } from "@inventory-sync/runtime";
import type { z } from "zod";
import type { Addresses } from "./config.ts";
import type { Output, Streams, timeWriter } from "./output.ts";

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

/** A command: its words, what it takes, what it does. */
export interface Command {
  /** One or two words, e.g. "reset run". */
  readonly name: string;
  /** What follows them, e.g. "RESET [FACILITY] [--reason TEXT] [--yes]"; nothing where it is left out. The command line is read by it. */
  readonly usage?: string;
  readonly summary: string;
  /** How many words may follow that are no options, where that is not how many the usage has. */
  readonly wordsMax?: number;
  /** Does it and returns the exit code. */
  run(run: Run): Promise<number>;
}

/** What is done, and to what; then its outcome in words, from what was made. */
export interface Act<T> {
  readonly what: string;
  readonly target: string;
  readonly outcome: (done: T) => string;
}

export interface Run extends Pick<Streams, "askSecret"> {
  /** The words behind those of the command. */
  readonly words: readonly string[];
  /** The first of them, or the one at an index. @param wanted says what to do where it is missing @throws UsageError */
  word(wanted: string, index?: number): string;
  /** Whether an option without a value was given. */
  has(option: string): boolean;
  /** The value of an option, or undefined. */
  text(option: string): string | undefined;
  /** The same of an option that has one of some values. @throws UsageError */
  choice<Value extends string>(option: string, values: readonly Value[]): Value | undefined;
  /** The values of an option that may be repeated, or undefined. */
  texts(option: string): string[] | undefined;
  /** A whole number of an option, within bounds; without them, those of a list's length. @throws UsageError */
  count(option: string, bounds?: { readonly byDefault: number; readonly max: number }): number;
  readonly addresses: Addresses;
  readonly out: Output;
  /** Writes a time in the zone of the addresses. */
  readonly time: ReturnType<typeof timeWriter>;
  /** Warnings of the libraries, on standard error. */
  readonly log: Logger;
  /** The name of this machine's user, e.g. "ada at the command line". */
  readonly operator: string;
  /** Opens the database for the time of `use`, as the operator's role unless another address is given. @throws Away when it cannot be reached */
  withDatabase<T>(use: (database: Database) => Promise<T>, url?: string): Promise<T>;
  /** Opens the queue for the time of `use`. @throws Away when it cannot be reached */
  withQueues<T>(use: (queues: Queues) => Promise<T>): Promise<T>;
  /** Opens both. */
  withServers<T>(use: (servers: { readonly database: Database; readonly queues: Queues }) => Promise<T>): Promise<T>;
  /** Does something that the audit log notes, before it is done and once more at its end. @param database opened for it unless it is given */
  audited<T>(act: Act<T>, work: (database: Database) => Promise<T>, database?: Database): Promise<T>;
  /**
   * Says what would be done, and whether to do it: yes with --yes, else what the operator at the terminal answers. Without
   * a terminal nothing is done.
   * @param would a sentence such as "Approving would correct 12 products at S001, 340 to 338 units."
   */
  isMeant(would: string): Promise<boolean>;
  /** Ends well: with --json as a document, else with a sentence. @returns the exit code */
  done(document: unknown, text: string): number;
  /** The first line of standard input. */
  readLine(): Promise<string>;
  /** Aborted by Ctrl-C: long work stops after the part that is under way. */
  readonly signal: AbortSignal;
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

/** The same of what one option says. @throws UsageError */
export function checkedOption<T>(option: string, schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new UsageError(`--${option} ${error.issues[0]?.message}`);
}

/** SQLSTATE of a table that is not there. */
export const UNDEFINED_TABLE = "42P01";

/** No database is named, it cannot be reached, or it has no tables yet. */
export function isWithoutDatabase(error: unknown): boolean {
  return (
    error instanceof Away || error instanceof ConfigError || isOutage(error) || sqlState(error) === UNDEFINED_TABLE
  );
}

/** Why a server could not be asked, in one line. */
export function whyWithout(error: unknown): string {
  return error instanceof ConfigError ? error.faults.join("; ") : maskUrlsIn(messageOf(error));
}

// One run of a command: what was typed, the servers, and the operator, who is asked before anything that cannot simply be taken back and is
// named in the audit log.

import { userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, openDatabase } from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import { beginAction, endAction, type OperatorAction } from "@inventory-sync/operator";
import { openQueues, type Queues } from "@inventory-sync/queue";
import { createLog, type Environment } from "@inventory-sync/runtime";
import { type Act, Away, exitCodes, type Run, UsageError } from "./command.ts";
import { readAddresses } from "./config.ts";
import { createOutput, type Output, type Streams, timeWriter } from "./output.ts";
import type { Given } from "./usage.ts";

const LIST_LENGTH = { byDefault: 50, max: 1_000 };

/** Makes the run of a command. @throws ConfigError */
export function createRun({ values, words }: Given, env: Environment, streams: Streams): Run {
  const addresses = readAddresses(env);
  const out = createOutput(streams, values.json === true);
  const operator = operatorName();
  // A log that only speaks of trouble, so that standard output stays what was asked for.
  const log = createLog({
    name: "ops",
    settings: { level: "error", format: "json" },
    destination: { write: streams.error },
  });
  const text = (option: string) => {
    const value = values[option];
    return typeof value === "string" ? value : undefined;
  };
  const withDatabase: Run["withDatabase"] = async (use, url = addresses.database()) => openedDatabase(url, use);
  const withQueues: Run["withQueues"] = async (use) =>
    openedQueues({ url: addresses.queue(), role: "inspector", log }, use);
  return {
    words,
    word(wanted, index = 0) {
      const word = words[index];
      if (word === undefined) throw new UsageError(wanted);
      return word;
    },
    has: (option) => values[option] === true,
    text,
    choice(option, known) {
      const given = text(option);
      const value = known.find((each) => each === given);
      if (given !== undefined && value === undefined) throw new UsageError(`--${option} is one of ${known.join(", ")}`);
      return value;
    },
    texts(option) {
      const value = values[option];
      return Array.isArray(value) ? value.map(String) : undefined;
    },
    count(option, { byDefault, max } = LIST_LENGTH) {
      const count = Number(text(option) ?? byDefault);
      if (!Number.isInteger(count) || count < 1 || count > max)
        throw new UsageError(`--${option} is a whole number from 1 to ${max}`);
      return count;
    },
    addresses,
    out,
    time: timeWriter(addresses.timeZone),
    log,
    operator,
    withDatabase,
    withQueues,
    withServers: (use) => withQueues((queues) => withDatabase((database) => use({ database, queues }))),
    audited: async (act, work, database) => {
      const noted = (open: Database) => audited(open, { who: operator, ...act }, () => work(open));
      return database ? noted(database) : withDatabase(noted);
    },
    done(document, said) {
      out.document(document);
      out.say(said);
      return exitCodes.ok;
    },
    isMeant: async (would) => values.yes === true || isMeant(streams.ask, out, would),
    askSecret: streams.askSecret,
    readLine: () => firstLine(streams.lines),
    signal: streams.signal ?? new AbortController().signal,
  };
}

function operatorName(): string {
  try {
    return `${userInfo().username} at the command line`;
  } catch {
    // A container may run under a number that has no name.
    return "somebody at the command line";
  }
}

const STATEMENT_MS_MAX = 10 * 60_000;

async function openedDatabase<T>(url: string, use: (database: Database) => Promise<T>): Promise<T> {
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

/** How long the queue may take to answer at first. */
const QUEUE_WAIT_MS_MAX = 5_000;

async function openedQueues<T>(
  options: Parameters<typeof openQueues>[0],
  use: (queues: Queues) => Promise<T>,
): Promise<T> {
  const queues = await openQueues(options);
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

async function audited<T>(
  database: Database,
  { outcome, ...act }: Act<T> & { readonly who: string },
  work: () => Promise<T>,
): Promise<T> {
  const action: OperatorAction = { role: "operator", by: "command line", address: null, ...act };
  const begunId = await beginAction(database, action);
  try {
    const done = await work();
    await endAction(database, begunId, { action, outcome: outcome(done) });
    return done;
  } catch (error) {
    // A database that is gone now leaves the row from before, which then has no outcome.
    await endAction(database, begunId, { action, outcome: `failed: ${messageOf(error)}` }).catch(() => undefined);
    throw error;
  }
}

async function isMeant(ask: Streams["ask"], out: Output, would: string): Promise<boolean> {
  const answer = (await ask?.(`${would}\nDo it? Type yes or no: `))?.trim().toLowerCase();
  if (answer === "yes" || answer === "y") return true;
  out.document({ done: false, would });
  out.say(answer === undefined ? `${would}\nNothing was done. Add --yes to do it.` : "Nothing was done.");
  return false;
}

async function firstLine(lines: Streams["lines"]): Promise<string> {
  if (lines !== undefined) for await (const line of lines) return line;
  return "";
}

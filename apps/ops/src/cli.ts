// From the words on the command line to a command, and from whatever it throws to an exit code and a sentence.
import { parseArgs } from "node:util";
import { isOutage, sqlState } from "@inventory-sync/db";
import { showableLines } from "@inventory-sync/domain";
import { QueueUnavailable } from "@inventory-sync/queue";
import { ConfigError, configErrorExitCode, type Environment, maskUrlsIn } from "@inventory-sync/runtime";
import { SftpFailure } from "@inventory-sync/sftp";
import { alarmsAcknowledge, alarmsList } from "./alarms.ts";
import { audit } from "./audit.ts";
import { auditLog } from "./audit-log.ts";
import { catalogueImport } from "./catalogue-import.ts";
import { Away, type Command, createOpsLog, exitCodes, Failure, messageOf, UsageError } from "./command.ts";
import { readAddresses } from "./config.ts";
import { databaseSecure } from "./database-secure.ts";
import { explain as explainLevel } from "./explain.ts";
import { facilities } from "./facilities.ts";
import { inventory } from "./inventory.ts";
import { jobsFailed } from "./jobs-failed.ts";
import { jobsRetry } from "./jobs-retry.ts";
import { keysCreate, keysList, keysRotate } from "./keys.ts";
import { event, ledger } from "./ledger.ts";
import { createOutput } from "./output.ts";
import { queues } from "./queues.ts";
import { resetApprove, resetReject, resetRevert } from "./reset-decide.ts";
import { resetPreview, resetRun } from "./reset-run.ts";
import { resetRejects, resetShow, resetVariances } from "./reset-show.ts";
import { resetsList } from "./resets-list.ts";
import type { Streams } from "./streams.ts";

/** Every command, in the order of --help. */
export const commands: readonly Command[] = [
  ...[alarmsList, alarmsAcknowledge, queues],
  ...[
    resetsList,
    resetShow,
    resetRun,
    resetPreview,
    resetApprove,
    resetReject,
    resetRevert,
    resetRejects,
    resetVariances,
  ],
  ...[facilities, inventory, ledger, explainLevel, event],
  ...[jobsFailed, jobsRetry],
  ...[audit, auditLog, keysCreate, keysRotate, keysList, catalogueImport, databaseSecure],
];

const COMMON_OPTIONS = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
const UNDEFINED_TABLE = "42P01";

/** Runs the command line and returns the exit code, as --help explains them. */
export async function runCli(words: readonly string[], env: Environment, streams: Streams): Promise<number> {
  try {
    const command = findCommand(words);
    if (!command) {
      if (words.length > 0 && !words.some((word) => word === "--help" || word === "-h")) {
        throw new UsageError(`there is no command ${words.slice(0, 2).join(" ")}`);
      }
      streams.out(helpText());
      return words.length > 0 ? exitCodes.ok : exitCodes.usage;
    }
    return await runCommand(command, words.slice(command.name.split(" ").length), env, streams);
  } catch (error) {
    return explain(error, streams);
  }
}

/** "resets show" and "reset show" are the same: nobody remembers which of them it is. */
function findCommand(words: readonly string[]): Command | undefined {
  const bare = (word: string | undefined) => word?.replace(/s$/, "");
  return commands.find((command) => {
    const [subject, ...rest] = command.name.split(" ");
    return bare(words[0]) === bare(subject) && rest.every((word, index) => words[index + 1] === word);
  });
}

async function runCommand(
  command: Command,
  words: readonly string[],
  env: Environment,
  streams: Streams,
): Promise<number> {
  const { values, positionals } = parse(command, words);
  if (values.help === true) {
    streams.out(`npm run ops -- ${usageOf(command)}\n  ${command.summary}\n`);
    return exitCodes.ok;
  }
  if (positionals.length > command.positionalsMax)
    throw new UsageError(`${positionals.at(-1)} is one word too many for: ${usageOf(command)}`);
  return command.run({
    options: values,
    positionals,
    addresses: readAddresses(env),
    out: createOutput(streams, values.json === true),
    log: createOpsLog(streams.error),
    ask: streams.ask,
    signal: streams.signal ?? new AbortController().signal,
  });
}

function parse(command: Command, words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: { ...command.options, ...COMMON_OPTIONS },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\nThe command is: ${usageOf(command)}`);
  }
}

function usageOf({ name, usage }: Command): string {
  return `${name} ${usage}`.trim();
}

function helpText(): string {
  const lines = commands.map((command) => `  ${usageOf(command)}\n      ${command.summary}`);
  return `The operator's command line: npm run ops -- <command>

${lines.join("\n")}

A PRODUCT is its SKU, or TYPE:VALUE such as UPCA:012345678905. "resets show" and "reset show" are the same.

Every command takes --json (one JSON document on standard output) and --help. Long work shows a bar on a terminal and plain
lines elsewhere, on standard error; Ctrl-C stops it after the part that is under way.
What cannot simply be taken back says what it would do, in units and products, and asks; scripts say --yes. Where nobody
sits at a terminal and --yes is missing, nothing is done.

Addresses come from DATABASE_URL, QUEUE_URL, SFTP_URL (with SFTP_HOST_KEY_SHA256) and INGEST_CLIENTS_FILE, else from
DATA_DIR/credentials.json, which npm start writes. Times are written in RESET_TIME_ZONE (default UTC). To approve a
facility, set ABSENT_ROWS and BORDERLINE_SECONDS as the worker has them, where it does not have their defaults.

Exit codes
   0  done, and nothing was found that needs somebody
   1  something was found (differences, failed jobs, held facilities, ringing alarms), failed, or was not done
  64  the command line was not understood
  69  a server is away: database, queue or SFTP server
  78  the configuration is wrong
 130  stopped by Ctrl-C
`;
}

function explain(error: unknown, { error: write }: Streams): number {
  const say = (text: string) => write(`${showableLines(maskUrlsIn(text))}\n`);
  if (error instanceof UsageError) {
    say(`Not understood: ${error.message}\nnpm run ops -- --help lists the commands.`);
    return exitCodes.usage;
  }
  if (error instanceof ConfigError) {
    say(error.message);
    return configErrorExitCode;
  }
  if (isAway(error)) {
    say(messageOf(error));
    return exitCodes.away;
  }
  if (error instanceof Failure || error instanceof SftpFailure) say(error.message);
  else if (sqlState(error) === UNDEFINED_TABLE)
    say("This database has no inventory in it yet: start the system once, which makes its tables.");
  else say(`This could not be done: ${messageOf(error)}`);
  return exitCodes.found;
}

/** A server that is away, whichever it is and whoever noticed. */
function isAway(error: unknown): boolean {
  if (error instanceof SftpFailure) return error.kind === "unreachable" || error.kind === "deadline";
  return error instanceof Away || error instanceof QueueUnavailable || isOutage(error);
}

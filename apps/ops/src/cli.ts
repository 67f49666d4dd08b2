// From the words on the command line to a command, and from whatever it throws to an exit code and a sentence.
import { isOutage, sqlState } from "@inventory-sync/db";
import { messageOf, showableLines } from "@inventory-sync/domain";
import { Archived, NotFiring, NotFound, Refusal } from "@inventory-sync/operator";
import { QueueUnavailable } from "@inventory-sync/queue";
import { ConfigError, configErrorExitCode, type Environment, maskUrlsIn } from "@inventory-sync/runtime";
import { SftpFailure } from "@inventory-sync/sftp";
import { alarmCommands } from "./alarms.ts";
import { audit, auditLog } from "./audit.ts";
import { channelCommands } from "./channels.ts";
import { Away, type Command, exitCodes, Failure, UNDEFINED_TABLE, UsageError } from "./command.ts";
import { databaseCommands } from "./database.ts";
import { explain as explainLevel } from "./explain.ts";
import { facilityCommands } from "./facilities.ts";
import { facilitiesClock } from "./facilities-clock.ts";
import { find } from "./find.ts";
import { jobsFailed, jobsRetry } from "./jobs.ts";
import { jobLeaveCommands } from "./jobs-leave.ts";
import { keysCreate, keysList, keysRotate } from "./keys.ts";
import { keyChangeCommands } from "./keys-change.ts";
import { ledgerArchiveCommands } from "./ledger-archive.ts";
import { ledgerPartition } from "./ledger-partition.ts";
import { nameCommands } from "./names.ts";
import type { Streams } from "./output.ts";
import { productCommands } from "./products.ts";
import { queueCommands } from "./queues.ts";
import { requests } from "./requests.ts";
import { resetDecideCommands } from "./reset-decide.ts";
import { resetRunCommands } from "./reset-run.ts";
import { resetListCommands, resetShow, resetsList } from "./resets.ts";
import { createRun } from "./run.ts";
import { sourceCommands } from "./sources.ts";
import { event, inventory, ledger } from "./stock.ts";
import { parse, usageOf } from "./usage.ts";
import { userCommands } from "./users.ts";

/** Every command, in the order of --help. */
export const commands: readonly Command[] = [
  ...[...alarmCommands, ...queueCommands],
  ...[resetsList, resetShow, ...resetRunCommands, ...resetDecideCommands, ...resetListCommands],
  ...[inventory, ledger, explainLevel, event, find],
  ...[...ledgerArchiveCommands, ledgerPartition],
  ...[...facilityCommands, facilitiesClock, ...productCommands, ...sourceCommands, ...nameCommands],
  ...[jobsFailed, jobsRetry, ...jobLeaveCommands, requests, ...channelCommands],
  ...[keysCreate, keysRotate, ...keyChangeCommands, keysList, ...userCommands],
  ...[audit, auditLog, ...databaseCommands],
];

/** Runs the command line and returns the exit code, as --help explains them. */
export async function runCli(words: readonly string[], env: Environment, streams: Streams): Promise<number> {
  try {
    const command = findCommand(words);
    if (!command || asksForSubject(command, words)) {
      if (words.length > 0 && !words.some((word) => word === "--help" || word === "-h")) {
        throw new UsageError(`there is no command ${words.slice(0, 2).join(" ")}`);
      }
      const own = commandsOf(words[0]);
      streams.out(own.length > 0 ? `${commandLines(own)}\n` : helpText());
      return words.length > 0 ? exitCodes.ok : exitCodes.usage;
    }
    return await runCommand(command, words.slice(command.name.split(" ").length), env, streams);
  } catch (error) {
    return explain(error, streams);
  }
}

/** "resets show" and "reset show" are the same: either is easily taken for the other. Of two that fit it is the one with more words. */
function findCommand(words: readonly string[]): Command | undefined {
  const fitting = commandsOf(words[0]).filter(({ name }) =>
    name
      .split(" ")
      .slice(1)
      .every((word, index) => words[index + 1] === word),
  );
  return fitting.find(({ name }) => name.includes(" ")) ?? fitting[0];
}

/** All commands about one subject, such as keys. */
function commandsOf(subject: string | undefined): Command[] {
  const bare = (word: string | undefined) => word?.replace(/s$/, "");
  return commands.filter(({ name }) => bare(name.split(" ")[0]) === bare(subject));
}

async function runCommand(
  command: Command,
  given: readonly string[],
  env: Environment,
  streams: Streams,
): Promise<number> {
  const parsed = parse(command, given);
  if (parsed.values.help !== true) return command.run(createRun(parsed, env, streams));
  streams.out(`npm run ops -- ${usageOf(command)}\n  ${command.summary}\n`);
  return exitCodes.ok;
}

/** "facilities --help" is about all that begins with it, not about the list alone. */
function asksForSubject(command: Command, words: readonly string[]): boolean {
  return words.length === 2 && /^(?:--help|-h)$/.test(words[1] ?? "") && commandsOf(command.name).length > 1;
}

function commandLines(shown: readonly Command[]): string {
  return shown.map((command) => `  ${usageOf(command)}\n      ${command.summary}`).join("\n");
}

function helpText(): string {
  return `The operator's command line: npm run ops -- <command>

${commandLines(commands)}

A PRODUCT is its SKU, or TYPE:VALUE such as UPCA:012345678905. "resets show" and "reset show" are the same.

Every command takes --json (one JSON document on standard output) and --help. Long work shows a bar on a terminal and plain
lines elsewhere, on standard error; Ctrl-C stops it after the part that is under way.
What cannot simply be taken back says what it would do, in units and products, and asks; scripts say --yes. Without a
terminal and without --yes, nothing is done.

Addresses come from DATABASE_URL, QUEUE_URL, SFTP_URL (with SFTP_HOST_KEY_SHA256), INGEST_CLIENTS_FILE and
BOARD_USERS_FILE, else from DATA_DIR/credentials.json, which npm start writes. Times are written in RESET_TIME_ZONE (default UTC). To approve a
facility, set BORDERLINE_SECONDS as the worker has it, where it does not have its default. What a count does not list
becomes what ABSENT_ROWS or its source said when its file was read, whatever ABSENT_ROWS is here.

Exit codes
   0  done, and nothing was found that needs attention
   1  something was found (differences, failed jobs, held facilities, active alarms), failed, or was not done
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
  if ([Archived, Failure, NotFiring, NotFound, Refusal, SftpFailure].some((known) => error instanceof known))
    say(messageOf(error));
  else if (sqlState(error) === UNDEFINED_TABLE)
    say("This database has no inventory in it yet: start the system once, which makes its tables.");
  else say(`This could not be done: ${messageOf(error)}`);
  return exitCodes.found;
}

/** A server that is away, whichever it is and whichever part noticed. */
function isAway(error: unknown): boolean {
  if (error instanceof SftpFailure) return error.kind === "unreachable" || error.kind === "deadline";
  return error instanceof Away || error instanceof QueueUnavailable || isOutage(error);
}

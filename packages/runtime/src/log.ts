/** How a process writes its log: JSON lines for machines, readable lines on a terminal, secrets in neither. */
import { createRequire } from "node:module";
import { type DestinationStream, type Logger, pino } from "pino";
import type { PinoPretty } from "pino-pretty";
import { type LogSettings, loadLogSettings } from "./config.ts";
import { messageOf } from "./error-text.ts";
import { maskUrlsIn } from "./mask.ts";
import { isOutage } from "./unreachable.ts";

export type { Logger } from "pino";

const secretWords =
  "password|passphrase|passwd|secret|authorization|cookie|token|credential|private_?key|api_?key|ingest_?key|access_?key";
const secretName = new RegExp(`^keys?$|${secretWords}`, "i");
const harmlessName = /(count|length|file|path|name)$/i;
/** Takes a word in a value for one in a name, too: to look for where the name ends would take time that grows with the square. */
const perhapsSecret = new RegExp(`"keys?":|${secretWords}`, "i");

/**
 * Creates the log of a process. Times are ISO in UTC, levels are words, each line names the process.
 * Values under secret names (passwords, keys, tokens, authorization) and the passwords of URLs are replaced by `***`.
 * `settings` come from LOG_LEVEL and LOG_FORMAT unless given; `destination` is standard output unless given.
 */
export function createLog(options: { name: string; settings?: LogSettings; destination?: DestinationStream }): Logger {
  const { name, settings = loadLogSettings(), destination } = options;
  const stream = isPretty(settings) ? prettyStream(destination) : (destination ?? pino.destination({ sync: true }));
  return pino(
    {
      level: settings.level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFields },
      hooks: { streamWrite: redactLine },
    },
    stream,
  );
}

/**
 * An error as a line has it. Of a server that is out of reach it has only what is wrong, in one line: where in the code it was asked
 * tells nothing, and Prisma's messages begin with a picture of that place.
 */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (!isOutage(error)) return pino.stdSerializers.err(error);
  const { code } = error as { code?: unknown };
  const message = messageOf(error)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .at(-1)
    ?.trim();
  return { type: error.name, message, ...(typeof code === "string" && { code }) };
}

/** Whether lines are for people: asked for by LOG_FORMAT=pretty, or standard output is a terminal and nothing was asked for. */
export function isPretty(settings: LogSettings): boolean {
  return settings.format === undefined ? process.stdout.isTTY === true : settings.format === "pretty";
}

/**
 * Written in this thread: a transport thread would lose the last lines of a process that dies. Loaded when it is needed: it is 40 files,
 * which a process that writes for machines would read in vain at each start.
 */
function prettyStream(destination: DestinationStream | undefined): DestinationStream {
  const pretty = createRequire(import.meta.url)("pino-pretty") as typeof PinoPretty;
  return pretty({
    sync: true,
    colorize: process.stdout.isTTY === true && destination === undefined,
    translateTime: "SYS:yyyy-mm-dd'T'HH:MM:ss.lo",
    ignore: "pid,name",
    messageFormat: "{name}: {msg}",
    ...(destination === undefined ? {} : { destination: destination as NodeJS.WritableStream }),
  });
}

/**
 * The JSON log line without secrets: what is under a secret name, and passwords in URLs, are replaced. Working on the finished line covers fields, errors' own fields, and what is bound to
 * child logs alike; it is parsed only when a name in it asks for that.
 */
function redactLine(line: string): string {
  return maskUrlsIn(perhapsSecret.test(line) ? `${JSON.stringify(JSON.parse(line, redactField))}\n` : line);
}

function redactField(name: string, value: unknown): unknown {
  return value !== null && secretName.test(name) && !harmlessName.test(name) ? "***" : value;
}

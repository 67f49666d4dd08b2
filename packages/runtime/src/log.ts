/** How a process writes its log: JSON lines for machines, readable lines on a terminal, secrets in neither. */
import { type DestinationStream, type Logger, pino } from "pino";
import { PinoPretty } from "pino-pretty";
import { type LogSettings, loadLogSettings } from "./config.ts";
import { redactLine } from "./redact.ts";

export type { Logger } from "pino";

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
      hooks: { streamWrite: redactLine },
    },
    stream,
  );
}

/** Whether lines are for people: asked for by LOG_FORMAT=pretty, or standard output is a terminal and nothing was asked for. */
export function isPretty(settings: LogSettings): boolean {
  return settings.format === undefined ? process.stdout.isTTY === true : settings.format === "pretty";
}

/** Written in this thread: a transport thread would lose the last lines of a process that dies. */
function prettyStream(destination: DestinationStream | undefined): DestinationStream {
  return PinoPretty({
    sync: true,
    colorize: process.stdout.isTTY === true && destination === undefined,
    translateTime: "SYS:yyyy-mm-dd'T'HH:MM:ss.lo",
    ignore: "pid,name",
    messageFormat: "{name}: {msg}",
    ...(destination === undefined ? {} : { destination: destination as NodeJS.WritableStream }),
  });
}

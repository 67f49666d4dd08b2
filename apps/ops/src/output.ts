// What the command line prints: lines for people, or with --json one document for programs. Progress goes to standard error: a bar on a
// terminal, a plain line every now and then into a script or a log.
import { showableLines, textTable, zonedParts } from "@inventory-sync/domain";
import { SingleBar } from "cli-progress";

/** The ends of a terminal, of a script, or of a test. */
export interface Streams {
  /** May return a promise that resolves when more may be written. */
  out(text: string): unknown;
  error(text: string): void;
  /** Where bars are drawn: standard error, when that is a terminal. */
  readonly terminal?: NodeJS.WriteStream | undefined;
  /** Asks the operator at the terminal and resolves with the answer; undefined where there is none. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** The same without showing what is typed. */
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
  /** Standard input, line by line. */
  readonly lines?: AsyncIterable<string> | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
}

/** Says how far a piece of work is. @param all 0 while that is not known yet @param note what else there is to say */
export type TellProgress = (done: number, all: number, note?: string) => void;

interface Progress {
  readonly tell: TellProgress;
  /** Takes the bar away. */
  end(): void;
}

export interface Output {
  /** With --json: one document is printed, and `say` and `table` are silent. */
  readonly isJson: boolean;
  say(line: string): void;
  /** @param none said where there are no rows, instead of a table without any */
  table(header: readonly string[], rows: readonly (readonly (string | number)[])[], none?: string): void;
  document(value: unknown): void;
  /** A long document or file, written piece by piece as it is; resolves when more may be written. */
  write(text: string): Promise<void>;
  /** Does long work, told on standard error in both cases. Nothing is shown before it first tells how far it is. */
  withProgress<T>(label: string, work: (tell: TellProgress) => Promise<T>): Promise<T>;
}

/** Makes the output of one run. */
export function createOutput(streams: Streams, isJson: boolean): Output {
  const say = (line: string) => {
    if (!isJson) streams.out(`${showableLines(line)}\n`);
  };
  return {
    isJson,
    say,
    table: (header, rows, none) => {
      for (const line of rows.length === 0 && none !== undefined ? [none] : textTable(header, rows)) say(line);
    },
    document: (value) => {
      if (isJson) streams.out(`${JSON.stringify(value, null, 2)}\n`);
    },
    write: async (text) => void (await streams.out(text)),
    withProgress(label, work) {
      const { terminal } = streams;
      const { tell, end } = terminal ? progressBar(label, terminal) : progressLines(label, streams.error);
      return work(tell).finally(end);
    },
  };
}

const LINE_EVERY_MS = 2_000;
const BAR_WIDTH = 30;

function progressLines(label: string, write: (text: string) => void): Progress {
  let said = "";
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return {
    tell(done, all, note = "") {
      const text = [all > 0 ? `${label}: ${done} of ${all}` : label, note].filter((part) => part !== "").join("; ");
      if (text === said || performance.now() - saidAtMs < LINE_EVERY_MS) return;
      said = text;
      saidAtMs = performance.now();
      write(`${showableLines(text)}\n`);
    },
    end: () => undefined,
  };
}

function progressBar(label: string, terminal: NodeJS.WriteStream): Progress {
  const shown = new SingleBar({
    stream: terminal,
    format: "{label} [{bar}] {count}  {note}",
    barsize: BAR_WIDTH,
    barCompleteChar: "=",
    barIncompleteChar: " ",
    clearOnComplete: true,
    hideCursor: true,
    linewrap: false,
    gracefulExit: true,
  });
  let isShown = false;
  return {
    tell(done, all, note = "") {
      // What is not known yet is nothing done of something: of nothing the bar would be full.
      const total = Math.max(1, all);
      const payload = { label, note: showableLines(note), count: all > 0 ? `${done} of ${all}` : "" };
      if (!isShown) shown.start(total, done, payload);
      isShown = true;
      shown.setTotal(total);
      shown.update(done, payload);
    },
    end() {
      if (isShown) shown.stop();
      isShown = false;
    },
  };
}

/** Writes times in one zone with its name, "2026-11-23 04:00:00 EST"; a dash where there is none. */
export function timeWriter(timeZone: string): (at: Date | string | null) => string {
  return (at) => {
    if (at === null) return "–";
    const { year, month, day, hour, minute, second, timeZoneName } = zonedParts(new Date(at), timeZone);
    return `${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
  };
}

/** "+3", "-2", "0". */
export function signed(quantity: number): string {
  return quantity > 0 ? `+${quantity}` : String(quantity);
}

// What the command line prints: lines for people, or with --json one document for programs. Progress goes to standard error.

import { showableLines } from "@inventory-sync/domain";
import { createProgress, type Progress } from "./progress.ts";
import type { Streams } from "./streams.ts";

/** Where a command writes. */
export interface Output {
  /** With --json: one document is printed and `say` is silent. */
  readonly isJson: boolean;
  say(line: string): void;
  document(value: unknown): void;
  /** A long document or file, written piece by piece as it is; resolves when more may be written. */
  write(text: string): Promise<void>;
  /** Long work, told on standard error in both cases: a bar for whoever sits there, else plain lines. */
  progress(label: string): Progress;
}

/** Makes the output of one run. */
export function createOutput(streams: Streams, isJson: boolean): Output {
  return {
    isJson,
    say: (line) => {
      if (!isJson) streams.out(`${showableLines(line)}\n`);
    },
    document: (value) => {
      if (isJson) streams.out(`${JSON.stringify(value, null, 2)}\n`);
    },
    write: async (text) => void (await streams.out(text)),
    progress: (label) => createProgress(label, streams),
  };
}

type Cell = string | number;

/** Lines of a table with columns as wide as their longest cell; a column of numbers stands to the right. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const columns = header.map((_, column) => ({
    width: Math.max(...cells.map((row) => row[column]?.length ?? 0)),
    isNumbers: rows.length > 0 && rows.every((row) => typeof row[column] === "number"),
  }));
  const padded = (cell: string, column: number) => {
    const { width, isNumbers } = columns[column] ?? { width: 0, isNumbers: false };
    return isNumbers ? cell.padStart(width) : cell.padEnd(width);
  };
  return cells.map((row) => row.map(padded).join("  ").trimEnd());
}

/** "1 product", "2 products", "1,234 products". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** Writes times in one zone with its name, "2026-11-23 04:00:00 GMT-5"; a dash where there is none. */
export function timeWriter(timeZone: string): (at: Date | string | null) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    ...{ timeZone, year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
  });
  return (at) => (at === null ? "–" : format.format(new Date(at)));
}

/** "+3", "-2", "0". */
export function signed(quantity: number): string {
  return quantity > 0 ? `+${quantity}` : String(quantity);
}

// What the command line prints: lines for people, or with --json one document for programs. Progress goes to standard error.

/** Where a command writes. */
export interface Output {
  /** With --json: one document is printed and `say` is silent. */
  readonly isJson: boolean;
  say(line: string): void;
  document(value: unknown): void;
  /** On standard error, in both cases. */
  progress(line: string): void;
}

/** Two ends of a terminal or of a test. */
export interface Streams {
  out(text: string): void;
  error(text: string): void;
}

/** Makes the output of one run. */
export function createOutput(streams: Streams, isJson: boolean): Output {
  return {
    isJson,
    say: (line) => {
      if (!isJson) streams.out(`${printable(line)}\n`);
    },
    document: (value) => {
      if (isJson) streams.out(`${JSON.stringify(value, null, 2)}\n`);
    },
    progress: (line) => streams.error(`${printable(line)}\n`),
  };
}

/** Ids and file names come from outside: what would move the cursor or change colours is shown as a question mark. */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, "?");
}

/** Lines of a table with columns as wide as their longest cell. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Writes times in one zone with its name, "2026-11-23 04:00:00 GMT-5"; a dash where there is none. */
export function timeWriter(timeZone: string): (at: Date | string | null) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    ...{ timeZone, year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
  });
  return (at) => (at === null ? "–" : format.format(new Date(at)));
}

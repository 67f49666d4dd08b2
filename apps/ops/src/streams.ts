// The ends of the command line: where its text goes, and who sits there.

/** The ends of a terminal, of a script, or of a test. */
export interface Streams {
  /** May return a promise that resolves when more may be written. */
  out(text: string): unknown;
  error(text: string): void;
  /** Where bars are drawn: standard error, when that is a terminal. */
  readonly terminal?: NodeJS.WriteStream | undefined;
  /** Asks whoever sits there and resolves with the answer; undefined when nobody does. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
}

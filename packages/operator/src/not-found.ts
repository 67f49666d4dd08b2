// What was asked for is not known: said once, for an answer with 404, a page and a line of the command line.

/** Something that was named is not there. The message says what, and is shown to people. */
export class NotFound extends Error {
  override readonly name = "NotFound";
  readonly what: "facility" | "product" | "level" | "event" | "reset" | "file" | "merge" | "source" | "channel";

  constructor(what: NotFound["what"], message: string) {
    super(message);
    this.what = what;
  }
}

/** What was asked for is in a file of the archive. */
export class Archived extends Error {
  override readonly name = "Archived";
}

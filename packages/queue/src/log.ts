// The part of a pino logger that this package uses, so that it needs no logger of its own.

type Write = (fields: object, message: string) => void;

export interface QueueLog {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
  fatal: Write;
}

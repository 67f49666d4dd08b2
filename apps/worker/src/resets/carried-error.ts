// An error on its way from one thread to another: what is posted arrives without its class and without its own fields, by
// which the reset flow and the queue tell what is to be done.
import { NotToStage } from "@inventory-sync/db";
import { FileRefused, type RefusalCode } from "@inventory-sync/domain";

/** An error as plain data. */
export type CarriedError =
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly message: string }
  | { readonly kind: "not-to-stage"; readonly message: string }
  /** What tells an outage of the database from any other error stands in these fields. */
  | {
      readonly kind: "other";
      readonly message: string;
      readonly fields: { readonly code?: unknown; readonly meta?: unknown };
    };

/** Makes it fit to be posted. */
export function carried(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { kind: "other", message: String(error), fields: {} };
  const { message } = error;
  if (error instanceof FileRefused) return { kind: "refused", code: error.code, message };
  if (error instanceof NotToStage) return { kind: "not-to-stage", message };
  const { code, meta } = error as { readonly code?: unknown; readonly meta?: unknown };
  return { kind: "other", message, fields: { code, meta } };
}

/** Makes it an error again. */
export function restored(error: CarriedError): Error {
  switch (error.kind) {
    case "refused":
      return new FileRefused(error.code, error.message);
    case "not-to-stage":
      return new NotToStage(error.message);
    case "other":
      return Object.assign(new Error(error.message), error.fields);
  }
}

// What to do about a refused request, in a sentence for the operator, who tells the sender: by its kind, and by what is known of its body
// and its signature.
import { looksRounded, ROUNDED_HINT } from "./clash.ts";
import { own } from "./values.ts";
import { plural, quantityText } from "./words.ts";

/** A refused request, as far as the advice needs it. */
export interface AdvisedRequest {
  /** The kind of refusal: "invalid", "unauthorized" and so on. */
  readonly code: string;
  /** Null when its client was not known. */
  readonly client: string | null;
  /** JSON pointer to the first fault. */
  readonly pointer: string | null;
  readonly eventId: string | null;
  /** How many events the body had, and how many of them have a fault; null where that is not known. */
  readonly events: number | null;
  readonly faulty: number | null;
  /** Of a client that signs: `good` when only its time was wrong; `wrong` when it is not made with the client's secret. */
  readonly signature: "good" | "wrong" | null;
  /** How often a request with this client, kind, place of the fault and first event was refused in the time that is kept, this one included. */
  readonly times: number;
}

const ADVICE: Readonly<Record<string, string>> = {
  "not-json": "Have the body sent as the JSON that it shall be: what is wrong stands beside the code.",
  forbidden:
    "Allow it to the client in the clients file, or have the sender use the key that is for this store and type.",
  "too-large": "Have it split over several requests: at most 1 MiB and 1,000 events each.",
  "unsupported-type": "Have it sent as it is, not compressed, with Content-Type: application/json.",
  "too-many-requests":
    "The sender is to wait as long as Retry-After says and send the same again. If it needs more, raise requestsPerSecondMax of the client.",
  timeout:
    "The request did not arrive whole in time: the sender is to send the same again, smaller where the line is slow.",
  "not-found": "Correct the address at the sender: the calls are listed at /docs of ingest.",
  "method-not-allowed": "Correct the method at the sender: the calls are listed at /docs of ingest.",
  busy: "Nothing is wrong at the sender: it is to send the same again.",
  "queue-unavailable":
    "Nothing is wrong at the sender: it is to send the same again once the queue is back (see Alarms and /readyz of ingest).",
  internal: "Nothing is wrong at the sender: it is to send the same again. The log of ingest says what failed.",
};

const OTHER = "Tell the sender what stands beside the code: the program that sends is to be corrected.";

/** What is to be done. */
export function requestAdvice(request: AdvisedRequest): string {
  const { code, eventId } = request;
  const advice =
    code === "invalid"
      ? ofFaults(request)
      : code === "unauthorized"
        ? ofUnauthorized(request)
        : (own(ADVICE, code) ?? OTHER);
  return eventId !== null && looksRounded(eventId) ? `${advice} ${ROUNDED_HINT}` : advice;
}

/** Sent again as it is, a body with a fault is refused again, for ever. */
function ofFaults({ pointer, events, faulty, times }: AdvisedRequest): string {
  const again = times > 1 ? ` It was refused ${quantityText(times)} times already, and will be each time.` : "";
  const place = placeOf(pointer);
  if (place.event === undefined || events === null || events < 2)
    return `Have ${place.line === undefined ? "it" : `line ${place.line} of the event`} corrected and sent again.${again}`;
  const where = `event ${place.event}${place.line === undefined ? "" : `, line ${place.line},`}`;
  const many = faulty ?? 1;
  const rest = events - many;
  const split =
    rest <= 0
      ? "None of the others is without a fault: have the sender corrected."
      : `Send the other ${plural(rest, "event")} by ${rest === 1 ? "itself" : "themselves"}, and ${many > 1 ? "these" : "this one"} once corrected.`;
  if (many > 1)
    return `${plural(many, "event")} of the ${quantityText(events)} are at fault, first ${where.replace(/,$/, "")}. ${split}${again}`;
  return `${where.charAt(0).toUpperCase()}${where.slice(1)} of the ${quantityText(events)} is at fault. ${split}${again}`;
}

/** Where a pointer such as "/499/lines/0/quantity" points, counted from 1. */
function placeOf(pointer: string | null): { readonly event?: number; readonly line?: number } {
  const [first = "", ...rest] = (pointer ?? "").split("/").slice(1);
  const event = countOf(first);
  const path = event === undefined ? [first, ...rest] : rest;
  const at = path.findIndex((each) => each === "lines" || each === "items");
  const line = at === -1 ? undefined : countOf(path[at + 1] ?? "");
  return { ...(event !== undefined && { event }), ...(line !== undefined && { line }) };
}

function countOf(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) + 1 : undefined;
}

function ofUnauthorized({ client, signature }: AdvisedRequest): string {
  if (signature === "good")
    return "Nobody forged it: the signature is the client's, and its time was too old or ahead. The sender is to sign each attempt anew, with the time of that attempt and a clock that is right.";
  if (signature === "wrong")
    return "The signature is not made with the client's secret over these bytes: the sender has another secret, or changes the body after signing. If nothing was changed there, somebody else has the key: rotate it.";
  if (client !== null)
    return "This client has to sign its requests (webhook-id, webhook-timestamp, webhook-signature): have the sender do so.";
  return "No client has this key: give the sender its key (ops keys list shows those that are known), or a new one (ops keys rotate).";
}

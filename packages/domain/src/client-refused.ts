// The alarm of a client that ingest refuses steadily: its text, for operators.
import type { AlarmCause } from "./alarms.ts";
import { localTime } from "./schedule.ts";
import { quantityText, sentence, shortened } from "./words.ts";

const EXAMPLE_CHARACTERS_MAX = 300;

/** A client that is refused steadily, as its requests of the last minutes were counted. */
export interface RefusedClient {
  /** Empty: requests whose key no client has. */
  readonly client: string;
  readonly refused: number;
  readonly accepted: number;
  /** Of the refused: signatures that were good and only late or ahead, and those that were not made with the client's secret. */
  readonly late: number;
  readonly bad: number;
  readonly since: Date;
  /** The kind of refusal that was noted most, with the newest example; null when none was noted. */
  readonly code: string | null;
  readonly detail: string | null;
  readonly keyId: string | null;
  readonly address: string | null;
}

/** Ingest refuses a client, steadily. */
export function clientRefused(
  {
    client,
    refused,
    accepted,
    late,
    bad,
    since,
    code,
    detail,
    keyId,
    address,
    minutes,
  }: RefusedClient & { readonly minutes: number },
  timeZone: string,
): AlarmCause {
  const whose = client === "" ? "requests with a key that no client has" : `requests of the client ${client}`;
  const all = refused + accepted;
  const share = client === "" ? "" : ` of ${all} (${Math.round((100 * refused) / all)} %)`;
  const from = address === null ? "" : `, the newest from ${address}`;
  const key = keyId === null ? "" : ` (the key's SHA-256 begins with ${keyId})`;
  const example =
    code === null || detail === null
      ? ""
      : ` Most with the code ${code}${from}${key}: ${sentence(shortened(detail, EXAMPLE_CHARACTERS_MAX))}`;
  return {
    key: client === "" ? "client-refused" : `client-refused:${client}`,
    kind: "client-refused",
    since,
    size: refused,
    message:
      `Ingest refused ${refused}${share} ${whose} in the last ${minutes} minutes, since ${localTime(since, timeZone)}.${example}${signatures({ late, bad })} What they carry ` +
      "is not in the stock. The page Requests on the board has them, with their bodies; tell the sender what to correct.",
  };
}

/** What was signed well and sent late is the sender's to mend; what was signed wrong may be a forgery. */
function signatures({ late, bad }: Pick<RefusedClient, "late" | "bad">): string {
  const wrong = bad > 0 ? ` ${quantityText(bad)} had a signature that is not the client's.` : "";
  const old =
    late > 0
      ? ` ${quantityText(late)} were signed well, but at another time than they were sent: each attempt has to be signed anew.`
      : "";
  return `${old}${wrong}`;
}

// What a newcomer reads first: what runs where, with which addresses, and how to send a sale.
import { resolve } from "node:path";
import { maskUrl } from "@inventory-sync/runtime";
import type { Credentials } from "./credentials.ts";

export interface Row {
  readonly what: string;
  readonly runsAs: string;
  readonly where: string;
}

/** The table and the lines below it. `credentialsFile` is shown as given; the curl may be pasted as it is. */
export function welcome(shown: {
  rows: readonly Row[];
  credentials: Credentials;
  credentialsFile: string;
  example: { facilityId: string; sku: string };
}): string {
  const { rows, credentials, credentialsFile, example } = shown;
  const event = {
    eventId: `try-${Date.now()}`,
    facilityId: example.facilityId,
    type: "sale",
    lines: [{ sku: example.sku, quantity: 1 }],
  };
  const sent = { ...event, occurredAt: new Date().toISOString() };
  return [
    "",
    "inventory-sync is running. Ctrl-C stops all of it.",
    "",
    ...table([{ what: "what", runsAs: "runs as", where: "where" }, ...rows]),
    "",
    `Credentials: ${credentialsFile}`,
    `Sign in at ${credentials.boardUrl} as ${credentials.boardUser} with the boardPassword of that file; API documentation is at ${credentials.ingestUrl}/docs.`,
    "",
    "Send a sale:",
    `  curl -X POST ${credentials.ingestUrl}/v1/events \\`,
    `    -H "Authorization: Bearer $(${ingestKeyFrom(credentialsFile)})" -H 'Content-Type: application/json' \\`,
    `    -d '${JSON.stringify(sent)}'`,
    "",
  ].join("\n");
}

/** A command that prints the key: this table is kept in journals and terminals, where a key has no place. */
function ingestKeyFrom(credentialsFile: string): string {
  const quoted = `'${resolve(credentialsFile).replaceAll("'", "'\\''")}'`;
  return `node -p 'require(process.argv[1]).ingestKey' ${quoted}`;
}

/** An address without its password. */
export function shownUrl(url: string): string {
  return maskUrl(url);
}

function table(rows: readonly Row[]): string[] {
  const whatWidth = Math.max(...rows.map(({ what }) => what.length));
  const runsWidth = Math.max(...rows.map(({ runsAs }) => runsAs.length));
  const lines = rows.map(({ what, runsAs, where }) =>
    `  ${what.padEnd(whatWidth)}  ${runsAs.padEnd(runsWidth)}  ${where}`.trimEnd(),
  );
  const rule = `  ${"-".repeat(Math.max(...lines.map((line) => line.length)) - 2)}`;
  return [lines[0] ?? "", rule, ...lines.slice(1)];
}

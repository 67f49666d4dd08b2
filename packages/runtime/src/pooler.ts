/**
 * A connection to PostgreSQL that may lead through a pooler such as PgBouncer in transaction mode, where each transaction meets whichever
 * connection of the server is free: nothing that belongs to a session holds there, neither settings nor prepared statements. Each new
 * connection is asked once which of the two it is, so that nobody has to say so, and an address may change what stands behind it.
 */
import type pg from "pg";
import { ConfigError } from "./error-text.ts";

/** Settings of PostgreSQL by name, as `set` takes them. */
export type SessionSettings = Readonly<Record<string, string>>;

/** What a new connection turned out to be. */
export interface Reached {
  /** What answers is not the process that the connection was made with: a pooler stands between. */
  readonly isPooled: boolean;
  /** After how long the server ends a statement outside of a transaction of ours, as it says it; "0" is never. */
  readonly statementTimeout: string;
}

// A pooler hands out process ids of its own, or none. The settings are made where they last.
const ASK = `
  select pg_backend_pid() is distinct from $1::int as "isPooled", current_setting('statement_timeout') as "statementTimeout",
         (select count(set_config(name, value, false)) from unnest($2::text[], $3::text[]) as t (name, value) where pg_backend_pid() = $1::int)`;

/** What a statement outside of a transaction gets beyond what the server grants it, before it is given up here. */
const LATE_MS = 5_000;
const pooled = new WeakSet<object>();

/**
 * For what takes locks or settings that last as long as a connection, or listens on one.
 * @param client settled
 * @param what is refused, which address leads to the pooler, and what to set instead, in words
 * @throws ConfigError where the connection leads through a pooler
 */
export function refusePooler(
  client: pg.ClientBase,
  { what, address, fix }: Record<"what" | "address" | "fix", string>,
): void {
  if (!pooled.has(client)) return;
  throw new ConfigError([
    `${address} leads to a pooler such as PgBouncer, where each transaction may meet another connection of the server: ${what}. ${fix}`,
  ]);
}

/**
 * Makes a new connection ready for use, in one round trip. Straight to the server the settings are made for as long as it lasts. Through a
 * pooler each transaction is begun with them, statements are sent without a name, and one outside of a transaction is given up here
 * when it takes longer than its `statement_timeout` allows by far, as the server knows nothing of that.
 * @param answerMsMax how long the server may take to answer
 */
export async function settle(client: pg.ClientBase, settings: SessionSettings, answerMsMax: number): Promise<Reached> {
  const { processID = null } = client as { processID?: number | null };
  const asked = { text: ASK, values: [processID, Object.keys(settings), Object.values(settings)] };
  const { rows } = await client.query<Reached>({ ...asked, query_timeout: answerMsMax } as pg.QueryConfig);
  const [reached] = rows;
  if (reached === undefined) throw new Error("Connection terminated: it does not say what it is");
  if (reached.isPooled) goThroughPooler(client, settings);
  return reached;
}

type Asked = pg.QueryConfig & { readonly submit?: unknown; readonly query_timeout?: number };

function goThroughPooler(client: pg.ClientBase, settings: SessionSettings): void {
  pooled.add(client);
  const send = client.query.bind(client) as (...given: unknown[]) => unknown;
  const begin = ["begin", ...Object.entries(settings).map(([name, value]) => `set local ${name} = '${value}'`)].join(
    "; ",
  );
  const aloneMsMax = settings.statement_timeout && Number(settings.statement_timeout) + LATE_MS;
  const sendPlainly = (asked: string | Asked, ...rest: unknown[]): unknown => {
    if (typeof asked !== "string" && asked.submit !== undefined) return send(asked, ...rest);
    const { name: _, ...unnamed } = typeof asked === "string" ? { text: asked } : asked;
    if (/^begin$/i.test(unnamed.text)) return send({ ...unnamed, text: begin }, ...rest);
    const isAlone = client.getTransactionStatus() === "I";
    return send(isAlone && aloneMsMax ? { query_timeout: aloneMsMax, ...unnamed } : unnamed, ...rest);
  };
  client.query = sendPlainly as typeof client.query;
}

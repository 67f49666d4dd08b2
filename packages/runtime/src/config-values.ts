/** The kinds of value that settings have: each reads the text of a variable and says in words what it allows. */
import { z } from "zod";

type Setting<T> = z.ZodType<T, string>;

/** A TCP port, 0 to 65535; 0 lets the system choose one. */
export function port(): Setting<number> {
  return integer({ min: 0, max: 65_535, what: "a port" });
}

/** A whole number within limits, both included. */
export function integer(limits: { min: number; max: number; what?: string }): Setting<number> {
  const { min, max, what = "a whole number" } = limits;
  return setting(`${what} from ${min} to ${max}`, (text) =>
    /^[+-]?\d+$/.test(text) ? within(Number(text), limits) : undefined,
  );
}

/** A number, with or without decimals, within limits, both included. */
export function decimal(limits: { min: number; max: number }): Setting<number> {
  const allowed = `a number from ${limits.min} to ${limits.max}`;
  return setting(allowed, (text) => (/^[+-]?\d+(\.\d+)?$/.test(text) ? within(Number(text), limits) : undefined));
}

/** Yes or no, in the spellings that people use. */
export function boolean(): Setting<boolean> {
  const meaning = new Map([
    ...["true", "yes", "on", "1"].map((word) => [word, true] as const),
    ...["false", "no", "off", "0"].map((word) => [word, false] as const),
  ]);
  return setting("true or false", (text) => meaning.get(text.toLowerCase()));
}

/** Words separated by commas, without blanks around them and without empty ones; at least one. */
export function list(what = "one or more words, separated by commas"): Setting<string[]> {
  return setting(what, (text) => {
    const items = text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
    return items.length > 0 ? items : undefined;
  });
}

/** Any text that is not blank. */
export function text(what = "a text"): Setting<string> {
  return setting(what, (value) => value);
}

/** A secret of a least length. The name of its variable must end in KEY, TOKEN, SECRET or PASSWORD, so that faults mask it. */
export function secret(charactersMin: number): Setting<string> {
  return setting(`a secret of at least ${charactersMin} characters`, (value) =>
    value.length >= charactersMin ? value : undefined,
  );
}

/**
 * A URL with one of the given schemes (named without the colon). Several hosts may stand where one does,
 * separated by commas, as `redis+cluster://h1:7000,h2:7001` has them. The text is returned as it was given.
 */
export function url(schemes: readonly string[]): Setting<string> {
  const allowed = `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(" or ")} and names a host`;
  return setting(allowed, (value) => (isUrl(value, schemes) ? value : undefined));
}

/** What QUEUE_URL begins with: PostgreSQL, or Redis as one server, a cluster, or the master that sentinels name, with TLS or without. */
export const queueSchemes: readonly string[] = [
  ...["redis", "rediss", "redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel"],
  ...["postgres", "postgresql"],
];

/** QUEUE_URL, the same in every process. */
export function queueUrl(): Setting<string> {
  return url(queueSchemes);
}

function isUrl(value: string, schemes: readonly string[]): boolean {
  const [, scheme, authority, rest] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(value) ?? [];
  if (scheme === undefined || authority === undefined || !schemes.includes(scheme.toLowerCase())) return false;
  const at = authority.lastIndexOf("@");
  const hosts = authority.slice(at + 1).split(",");
  return hosts.every((host) => {
    const one = `${scheme}://${authority.slice(0, at + 1)}${host}${rest ?? ""}`;
    return URL.canParse(one) && new URL(one).hostname !== "";
  });
}

function within(value: number, { min, max }: { min: number; max: number }): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

/** One kind of value: `read` returns undefined for a text that is not allowed. */
function setting<T>(allowed: string, read: (text: string) => T | undefined): Setting<T> {
  return z.string({ error: allowed }).transform((given, context) => {
    const value = read(given.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: allowed });
    return z.NEVER;
  });
}

const SHARDS_MAX = 64;

/** In how many shards events are queued. */
export function eventShards(): Setting<number> {
  return integer({ min: 1, max: SHARDS_MAX });
}

/** For refine(): on PostgreSQL the queue has no shards, and a number that means nothing would be believed to mean something. */
export const shardsFitQueue: [
  (given: { readonly QUEUE_URL: string; readonly EVENT_SHARDS: number }) => boolean,
  { path: string[]; error: string },
] = [
  ({ QUEUE_URL, EVENT_SHARDS }) => EVENT_SHARDS === 1 || QUEUE_URL.startsWith("redis"),
  { path: ["EVENT_SHARDS"], error: "1, or left out: the queue is on PostgreSQL, where all of it is on one server" },
];

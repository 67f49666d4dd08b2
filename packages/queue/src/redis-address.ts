// QUEUE_URL where the queue is on Redis: one server, a cluster of them, or a master that sentinels name; each with TLS where it begins with
// rediss. The same in every process.
//
//   redis://[user:password@]host[:port][/database]
//   redis+cluster://[user:password@]host:port,host:port
//   redis+sentinel://[user:password@]host:port,host:port/master[?sentinelPassword=…]

export type RedisAddress = NonNullable<ReturnType<typeof redisAddress>>;

const SCHEME = /^(rediss?)(?:\+(cluster|sentinel))?:\/\//i;
const [REDIS_PORT, SENTINEL_PORT] = [6_379, 26_379];

/** Takes a QUEUE_URL apart; undefined when it is none of Redis. @throws RangeError in words, without its password */
export function redisAddress(url: string) {
  const scheme = SCHEME.exec(url);
  if (scheme === null) return undefined;
  const kind = (scheme[2]?.toLowerCase() ?? "single") as "single" | "cluster" | "sentinel";
  const [beforeQuery = "", query = ""] = url.slice(scheme[0].length).split("?", 2);
  const [authority = "", path = ""] = beforeQuery.split("/", 2);
  const at = authority.lastIndexOf("@");
  const [, username, password] = /^([^:]*):?(.*)$/s.exec(authority.slice(0, Math.max(0, at)))?.map(decoded) ?? [];
  const usualPort = kind === "sentinel" ? SENTINEL_PORT : REDIS_PORT;
  const nodes = authority
    .slice(at + 1)
    .split(",")
    .map((node) => nodeOf(node, usualPort));
  if (kind === "single" && nodes.length > 1)
    throw new RangeError("QUEUE_URL names several servers; use redis+cluster:// or redis+sentinel://");
  return {
    kind,
    isTls: scheme[1]?.toLowerCase() === "rediss",
    /** Of a single server the one; of a cluster some of its nodes; else the sentinels. */
    nodes,
    username: username || undefined,
    password: password || undefined,
    database: kind === "single" ? databaseOf(path) : 0,
    /** What the sentinels call the master, and their own password. */
    master: kind === "sentinel" ? masterOf(path, query) : undefined,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RangeError("QUEUE_URL has a % in a name or password that begins no code: write it as %25");
  }
}

function nodeOf(text: string, usualPort: number) {
  const { hostname, port } = URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : { hostname: "", port: "" };
  if (hostname === "") throw new RangeError("QUEUE_URL names a server without a host, or with a port that is none");
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? usualPort : Number(port) };
}

function databaseOf(path: string): number {
  if (/^\d{0,6}$/.test(path)) return Number(path);
  throw new RangeError(`QUEUE_URL ends in "/${path}", where the number of a database may stand`);
}

function masterOf(path: string, query: string) {
  if (path === "")
    throw new RangeError(
      "QUEUE_URL lacks the name by which the sentinels know the master: redis+sentinel://host:26379/name",
    );
  // Not as a form is read, where + is a blank: in a password it is itself.
  const password = /(?:^|&)sentinelPassword=([^&]+)/.exec(query)?.[1];
  return { name: decoded(path), password: password && decoded(password) };
}

/**
 * Connections to PostgreSQL, for the packages that speak to it. A pool here notices what nothing else tells it: that the network has
 * forgotten its connections (a firewall restarted, an address moved), that the server is about to stop, and when an outage begins and
 * ends. It does so by a probe, a connection of its own that is asked every few seconds and renewed from time to time.
 */
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { askOnce, type ConnectionNeed, type OutageLog } from "./connections.ts";
import { messageOf } from "./error-text.ts";
import { type Reached, type SessionSettings, settle } from "./pooler.ts";

export { type ConnectionRoom, type OutageLog, roomAtServer, tellConnections } from "./connections.ts";
export { type Reached, refusePooler, settle } from "./pooler.ts";

/** Limits of a pool; pg's own settings may be given beside them, but none that the server has to keep: those are `settings`. */
export interface PoolOptions
  extends Omit<
    pg.PoolConfig,
    "connectionString" | "stream" | "keepAlive" | "onConnect" | "options" | `${string}_timeout`
  > {
  /** postgres:// address, of a server or of a pooler before it. */
  readonly url: string;
  /** What holds on each connection or, through a pooler, in each transaction. */
  readonly settings?: SessionSettings;
  /** A statement that is not answered for so long is given up, in milliseconds. */
  readonly query_timeout?: number;
  /** Is told of each new connection what it is. */
  readonly onSettled?: ((reached: Reached) => void) | undefined;
  /** A probe that has not been answered for so long, while a new connection is answered, has been forgotten, and the pool with it. */
  readonly silentMs: number;
  /** A server that answers neither the probe nor a new connection, as one that is frozen, is waited for by nobody: what is asked of it fails. */
  readonly givesUpSilent?: boolean | undefined;
  /** Called once when the server cannot be reached any more. */
  readonly onOutage?: ((error: unknown) => void) | undefined;
  /** Called when the server is reached for the first time, and once when an outage is over. */
  readonly onReachable?: (() => void) | undefined;
  /** Called once, when the server was reached for the first time: how many connections may be needed, and what there is room for. */
  readonly onNeed?: ((need: ConnectionNeed) => void) | undefined;
  /** Connections that the process may make to this address besides this pool. */
  readonly besides?: number | undefined;
}

/** Tells a log once when an outage begins, and once when it is over; for the options of `openPool`. */
export function tellOutages(log: OutageLog | undefined): { onOutage(error: unknown): void; onReachable(): void } {
  let downSince: number | undefined;
  return {
    onOutage(error) {
      downSince = Date.now();
      log?.warn({ reason: messageOf(error) }, "the database cannot be reached; trying again until it can");
    },
    onReachable() {
      if (downSince === undefined) return;
      log?.info({ outageS: Math.round((Date.now() - downSince) / 1_000) }, "the database is reachable again");
      downSince = undefined;
    },
  };
}

/** The probe is made anew after so long: a server that is about to stop answers on what is connected, and refuses only what is new. */
const PROBE_MS_MAX = 10_000;
/** What was on its way is waited for so long before connections are given up. */
const GRACE_MS = 200;
/** A connection that rests so long is asked by the system whether it is still there: so one alone that was forgotten is found, too. */
const KEEP_ALIVE_MS = 10_000;
const CANNOT_CONNECT_NOW = "57P03";

/** Opens a pool, and says how to close it; connections are made when first needed, so this never fails because the server is down. */
export function openPool(options: PoolOptions) {
  const {
    url,
    silentMs,
    givesUpSilent = false,
    settings: session = {},
    onSettled,
    onOutage,
    onReachable,
    onNeed,
    besides = 0,
    ...config
  } = options;
  const sockets = new Set<Socket>();
  const settings: pg.PoolConfig = {
    ...config,
    connectionString: url,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      return socket.once("close", () => sockets.delete(socket));
    },
  };
  const pool = new pg.Pool({
    ...settings,
    onConnect: async (client) => {
      const reached = await settle(client, session, silentMs);
      onSettled?.(reached);
    },
  });
  // Without a listener a connection that is cut ends the process: of an idle one the pool's, of one in use its own. The query that
  // fails tells of it.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const onProbe = askOnce({ url, pool, besides, answerMsMax: silentMs, onNeed });
  const watch = new Watch({ pool, settings, sockets, silentMs, givesUpSilent }, { onOutage, onReachable, onProbe });
  return {
    pool,
    close: async (): Promise<void> => {
      watch.stop();
      await pool.end();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Watched {
  readonly pool: pg.Pool;
  readonly settings: pg.PoolConfig;
  /** Those of the pool and of the probe. */
  readonly sockets: ReadonlySet<Socket>;
  readonly silentMs: number;
  readonly givesUpSilent: boolean;
}

interface Probe {
  readonly client: pg.Client;
  readonly madeAt: number;
  /** What becomes of the question that is under way. */
  asked?: Promise<"answered" | "lost">;
}

type Told = Pick<PoolOptions, "onOutage" | "onReachable"> & { onProbe(client: pg.Client): Promise<void> };

/** Asks the probe, twice in the time after which it counts as silent. */
class Watch {
  readonly #watched: Watched;
  readonly #told: Told;
  #state: "unknown" | "reachable" | "outage" = "unknown";
  #probe: Probe | undefined;
  /** The connections beside which a probe got no answer, and for which none stood. */
  #unwatched: ReadonlySet<Socket> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(watched: Watched, told: Told) {
    this.#watched = watched;
    this.#told = told;
    // At once, so that the probe is no younger than what it stands for.
    this.#timer = setTimeout(() => void this.#beat().finally(() => this.#arm()), 0).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#end(this.#probe?.client);
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#beat().finally(() => this.#arm()), this.#watched.silentMs / 2).unref();
  }

  async #beat(): Promise<void> {
    const { sockets, silentMs, givesUpSilent } = this.#watched;
    const old = this.#probe;
    const before = [...sockets];
    const answer = old && (old.asked ?? ask(old));
    const isAnswered = (await within(silentMs, answer)) === "answered";
    const isYoung = old !== undefined && performance.now() - old.madeAt < PROBE_MS_MAX;
    if (isAnswered && isYoung) return this.#reached();
    if (this.#stopped) return;
    const renewal = await this.#renew(isAnswered);
    const isSilent = renewal === "silent" && givesUpSilent;
    if (renewal !== "made" && !isSilent) return;
    if (old !== undefined && (await within(GRACE_MS, answer)) !== undefined)
      return renewal === "made" ? this.#end(old.client) : undefined;
    const forgotten = old === undefined && !isSilent ? this.#unwatched : before;
    this.#unwatched = new Set();
    const why = isSilent ? "the server does not answer" : "the network has forgotten it";
    for (const socket of forgotten) socket.destroy(new Error(`Connection terminated: ${why}`));
  }

  /** Makes a new probe, beside the old one. @param isReachable the old one was answered @returns what the server answered on it */
  async #renew(isReachable: boolean): Promise<"made" | "refused" | "silent"> {
    const { settings, silentMs } = this.#watched;
    // How long it is waited for is said here: a limit of its own would end that wait early, as if the connection had been lost.
    const client = new pg.Client({ ...settings, query_timeout: 0 });
    client.on("error", () => undefined);
    const startedAt = performance.now();
    try {
      await client.connect();
      // A pooler before the server lets in whom the server has no time for yet.
      const answer = await within(silentMs, client.query("select"));
      if (answer === undefined) throw new Error(`the server lets in, and then does not answer within ${silentMs} ms`);
    } catch (error) {
      // Whoever is refused hears of it at once.
      const isSilent = performance.now() - startedAt > silentMs / 2;
      if (this.#probe === undefined && isSilent) this.#unwatched = new Set(this.#watched.sockets);
      this.#end(client);
      if ((error as { code?: unknown }).code === CANNOT_CONNECT_NOW) await this.#letGo();
      if (!isReachable && !this.#stopped && this.#state !== "outage") {
        this.#state = "outage";
        this.#told.onOutage?.(error);
      }
      return isSilent ? "silent" : "refused";
    }
    if (this.#stopped) this.#end(client);
    this.#probe = { client, madeAt: performance.now() };
    this.#reached();
    void this.#told.onProbe(client);
    return "made";
  }

  #reached(): void {
    this.#watched.pool.options.maxUses = Number.POSITIVE_INFINITY;
    if (this.#state === "reachable" || this.#stopped) return;
    this.#state = "reachable";
    this.#told.onReachable?.();
  }

  /** A server that is shutting down waits for its connections: the idle ones end now, the others once their work is done. */
  async #letGo(): Promise<void> {
    const { pool } = this.#watched;
    pool.options.maxUses = 1;
    this.#end(this.#probe?.client);
    this.#probe = undefined;
    const idle = Array.from({ length: pool.idleCount }, () => pool.connect().then((client) => client.release(true)));
    await Promise.allSettled(idle);
  }

  #end(client: pg.Client | undefined): void {
    void client?.end().catch(() => undefined);
  }
}

/** Asks the probe, which has no question before it that is not answered: this one would only stand behind that. */
function ask(probe: Probe): Promise<"answered" | "lost"> {
  const answer = probe.client.query("select").then(() => "answered" as const);
  probe.asked = answer.catch(() => "lost" as const).finally(() => delete probe.asked);
  return probe.asked;
}

/** What the promise gives, or undefined when it has not in that time. */
async function within<T>(ms: number, promise: Promise<T> | undefined): Promise<T | undefined> {
  return Promise.race([promise, sleep(ms, undefined, { ref: false })]);
}

// Live pages: which page listens to what, and when it is told. One look a second for each topic that a page listens to, however
// many listen; they are told only when its digest has changed, so a board on which nothing happens is silent.
import { createHash } from "node:crypto";
import { type Logger, withinMs } from "@inventory-sync/runtime";
import { createPlaces } from "../people/places.ts";

/** What a live page listens to: `name`, or `name:<about>` where the topic has `isAbout`. */
export interface Topic<Context> {
  readonly name: string;
  /** Whether such a thing can be: an id of the right form. */
  readonly isAbout?: (about: string) => boolean;
  /** Reads what the page is made from, as cheaply as it can. What it returns is only compared with what it returned before. */
  read(context: Context, about: string): Promise<unknown>;
}

/** Hears the digest of a topic whenever it is another one. */
type Listener = (digest: string) => void;

/** The live pages of one board. */
export type Live = ReturnType<typeof createLive>;

/** Open at once: of one reader, who has a window for each, and of all. */
export const LISTENERS = { ofOneMax: 20, max: 500 };
const LOOK_EVERY_MS = 1_000;
const DIGEST_LENGTH = 22;
const LOOK_MS_MAX = 7_000;
/** What stands for a topic that could not be read: pages of it are told once when it goes, and once when it is back. */
const UNKNOWN = "unknown";

interface Watched {
  readonly listeners: Map<Listener, { seen: string }>;
  latest: { readonly atMs: number; readonly digest: Promise<string> } | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Makes the live pages of a board. @param context what topics are read from */
export function createLive<Context>(topics: readonly Topic<Context>[], context: () => Context, log: Logger) {
  const watched = new Map<string, Watched>();
  const hangUps = new Set<() => void>();
  let isStopped = false;

  const read = async (topic: string): Promise<unknown> => {
    const [known, about] = find(topics, topic);
    if (known === undefined) throw new RangeError(`there is no topic ${topic}`);
    return known.read(context(), about);
  };

  const of = (topic: string): Watched => {
    const known = watched.get(topic) ?? { listeners: new Map(), latest: undefined, timer: undefined };
    watched.set(topic, known);
    return known;
  };

  /** The digest of a topic as of at most a second ago. Never throws: what cannot be read has a digest of its own. */
  const digest = (topic: string): Promise<string> => {
    const watch = of(topic);
    if (watch.latest && performance.now() - watch.latest.atMs < LOOK_EVERY_MS) return watch.latest.digest;
    const asked = withinMs(LOOK_MS_MAX, read(topic))
      .then((what) => createHash("sha256").update(JSON.stringify(what)).digest("base64url").slice(0, DIGEST_LENGTH))
      .catch((error: unknown) => {
        log.debug({ err: error, topic }, "a live topic could not be read");
        return UNKNOWN;
      });
    watch.latest = { atMs: performance.now(), digest: asked };
    // Pages that nobody has open any more are not remembered.
    if (watch.listeners.size === 0) void asked.finally(() => forget(topic));
    return asked;
  };

  const forget = (topic: string): void => {
    const timer = setTimeout(() => {
      if (watched.get(topic)?.listeners.size === 0) watched.delete(topic);
    }, LOOK_EVERY_MS);
    timer.unref();
  };

  const look = async (topic: string): Promise<void> => {
    const watch = of(topic);
    const now = await digest(topic);
    for (const [listener, heard] of watch.listeners) {
      if (heard.seen === now) continue;
      heard.seen = now;
      listener(now);
    }
    if (watch.listeners.size > 0 && !isStopped) watch.timer = setTimeout(() => void look(topic), LOOK_EVERY_MS);
    else watch.timer = undefined;
  };

  return {
    /** Says whether there is such a topic. */
    isTopic: (topic: string) => find(topics, topic)[0] !== undefined,
    digest,
    /** Calls the listener at each change after `seen`, until the function returned is called. */
    listen(topic: string, seen: string, listener: Listener): () => void {
      const watch = of(topic);
      watch.listeners.set(listener, { seen });
      watch.timer ??= setTimeout(() => void look(topic), 0);
      return () => {
        watch.listeners.delete(listener);
        if (watch.listeners.size > 0) return;
        clearTimeout(watch.timer);
        watched.delete(topic);
      };
    },
    /** A place among those who listen. */
    enter: createPlaces(LISTENERS),
    /** Calls back when the board stops. Returns what takes that back. */
    onStop(hangUp: () => void): () => void {
      hangUps.add(hangUp);
      return () => void hangUps.delete(hangUp);
    },
    /** Stops looking, and hangs up on all who listen. */
    stop(): void {
      isStopped = true;
      for (const hangUp of hangUps) hangUp();
      for (const { timer } of watched.values()) clearTimeout(timer);
      watched.clear();
    },
  };
}

/** The topic of a name, with what is behind its colon. */
function find<Context>(topics: readonly Topic<Context>[], topic: string): [Topic<Context> | undefined, string] {
  const [name = ""] = topic.split(":", 1);
  const about = topic.slice(name.length + 1);
  const isKnown = (each: Topic<Context>) => each.name === name && (each.isAbout?.(about) ?? topic === name);
  return [topics.find(isKnown), about];
}

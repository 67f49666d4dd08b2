// Live pages: who listens to what, and when they are told. One look a second for each topic that somebody listens to, however
// many listen; they are told only when its digest has changed, so a board on which nothing happens is silent.
import { createHash } from "node:crypto";
import { type Logger, withinMs } from "@inventory-sync/runtime";
import type { Listener, Live } from "../../live-pages.ts";
import type { Parts } from "../../parts.ts";
import { readTopic } from "./topics.ts";

const LOOK_EVERY_MS = 1_000;
const LOOK_MS_MAX = 7_000;
/** What stands for a topic that could not be read: pages of it are told once when it goes, and once when it is back. */
const UNKNOWN = "unknown";

interface Watched {
  readonly listeners: Map<Listener, { seen: string }>;
  latest: { readonly atMs: number; readonly digest: Promise<string> } | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** @param parts what topics are read from */
export function createLive(parts: () => Parts, log: Logger): Live {
  const watched = new Map<string, Watched>();
  const hangUps = new Set<() => void>();
  /** How many listen, by name. */
  const listening = new Map<string, number>();
  let isStopped = false;

  const of = (topic: string): Watched => {
    const known = watched.get(topic) ?? { listeners: new Map(), latest: undefined, timer: undefined };
    watched.set(topic, known);
    return known;
  };

  const digest = (topic: string): Promise<string> => {
    const watch = of(topic);
    if (watch.latest && performance.now() - watch.latest.atMs < LOOK_EVERY_MS) return watch.latest.digest;
    const asked = withinMs(LOOK_MS_MAX, readTopic(parts(), topic))
      .then(digestOf)
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
    digest,
    listen(topic, seen, listener) {
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
    enter(name, { ofOneMax, max }) {
      const ofOne = listening.get(name) ?? 0;
      const all = [...listening.values()].reduce((sum, count) => sum + count, 0);
      if (ofOne >= ofOneMax || all >= max) return undefined;
      listening.set(name, ofOne + 1);
      return () => {
        const left = (listening.get(name) ?? 1) - 1;
        if (left > 0) listening.set(name, left);
        else listening.delete(name);
      };
    },
    onStop(hangUp) {
      hangUps.add(hangUp);
      return () => void hangUps.delete(hangUp);
    },
    stop() {
      isStopped = true;
      for (const hangUp of hangUps) hangUp();
      for (const { timer } of watched.values()) clearTimeout(timer);
      watched.clear();
    },
  };
}

const DIGEST_LENGTH = 22;

function digestOf(what: unknown): string {
  return createHash("sha256").update(JSON.stringify(what)).digest("base64url").slice(0, DIGEST_LENGTH);
}

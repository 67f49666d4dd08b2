// A network that can be made bad: a TCP proxy between one process and one server. Connections pass unless told otherwise.
import { connect, createServer, type Server, type Socket } from "node:net";

export interface Link {
  readonly port: number;
  /** Cuts every connection; new ones pass. */
  cut(): void;
  /** Resets the one connection that is picked of so many, on both sides; the others go on. Returns how many there were. */
  reset(pick: (count: number) => number): number;
  /** Nothing passes in either direction, and new connections stay silent, until `heal`: a partition. */
  freeze(): void;
  /** What the server answers is thrown away from now on: it did the work, and nobody hears of it. Until `heal`. */
  dropReplies(): void;
  /** Every chunk arrives so much later. Until `heal`. */
  delay(ms: number): void;
  /** Ends one direction of every connection, as a half-open network does. */
  halfClose(side: "client" | "server"): void;
  /** Calls `act` once, when any connection has brought more than `bytes` from the server. */
  afterBytes(bytes: number, act: () => void): void;
  /** The connections there are stay silent for ever, and neither side is told; new ones pass. `heal` does not bring them back. */
  forget(): void;
  /** The same of one connection that is still to come, as soon as it is made. @param number counted from the first, which is 1 */
  forgetComing(number: number): void;
  /** New connections are cut at once, as by a server that is not there. Until `heal`. */
  refuse(): void;
  /** How many connections were cut so. */
  refused(): number;
  /** Whether the connection that the server sees coming from `port` is one of these. */
  carries(port: number): boolean;
  /** Lets everything pass. Connections whose bytes were thrown away are cut: they could never agree again. */
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  bytes: number;
  damaged: boolean;
  forgotten: boolean;
}

type Mode =
  | { readonly kind: "pass" | "frozen" | "no-replies" | "refusing" }
  | { readonly kind: "slow"; readonly ms: number };

/** Listens on a free port of 127.0.0.1 and passes to `target`. */
export async function startLink(target: number): Promise<Link> {
  const pairs = new Set<Pair>();
  let refused = 0;
  let made = 0;
  let comesForgotten = 0;
  let mode: Mode = { kind: "pass" };
  let trigger: { bytes: number; act: () => void } | undefined;

  const forward = (pair: Pair, from: Socket, to: Socket): void => {
    from.on("data", (chunk) => {
      if (from === pair.server) count(pair, chunk.length);
      if (mode.kind === "no-replies" && from === pair.server) {
        pair.damaged = true;
        return;
      }
      if (mode.kind === "slow") {
        from.pause();
        setTimeout(() => {
          to.write(chunk);
          if (mode.kind !== "frozen") from.resume();
        }, mode.ms);
      } else if (!to.write(chunk)) {
        from.pause();
        to.once("drain", () => mode.kind !== "frozen" && from.resume());
      }
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      to.destroySoon();
      pairs.delete(pair);
    });
  };
  const count = (pair: Pair, bytes: number): void => {
    pair.bytes += bytes;
    if (trigger === undefined || pair.bytes <= trigger.bytes) return;
    const { act } = trigger;
    trigger = undefined;
    act();
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (mode.kind === "refusing") {
      refused += 1;
      client.destroy();
      return;
    }
    const pair: Pair = {
      client,
      server: connect({ port: target, host: "127.0.0.1", allowHalfOpen: true }),
      bytes: 0,
      damaged: false,
      forgotten: false,
    };
    pairs.add(pair);
    for (const socket of [pair.client, pair.server]) socket.setNoDelay(true);
    forward(pair, pair.client, pair.server);
    forward(pair, pair.server, pair.client);
    made += 1;
    pair.forgotten = made === comesForgotten;
    if (pair.forgotten || mode.kind === "frozen") for (const socket of [pair.client, pair.server]) socket.pause();
  });
  const port = await listen(server);
  const destroy = (pair: Pair): void => {
    pair.client.destroy();
    pair.server.destroy();
  };
  return {
    port,
    cut: () => pairs.forEach(destroy),
    reset: (pick) => {
      const all = [...pairs];
      const picked = all.length === 0 ? undefined : all[pick(all.length)];
      picked?.client.resetAndDestroy();
      picked?.server.resetAndDestroy();
      return all.length;
    },
    freeze: () => {
      mode = { kind: "frozen" };
      for (const { client, server } of pairs) for (const socket of [client, server]) socket.pause();
    },
    dropReplies: () => {
      mode = { kind: "no-replies" };
    },
    delay: (ms) => {
      mode = { kind: "slow", ms };
    },
    halfClose: (side) => {
      for (const pair of pairs) pair[side].end();
    },
    afterBytes: (bytes, act) => {
      trigger = { bytes, act };
    },
    refuse: () => {
      mode = { kind: "refusing" };
    },
    refused: () => refused,
    forget: () => {
      for (const pair of pairs) {
        pair.forgotten = true;
        for (const socket of [pair.client, pair.server]) socket.pause();
      }
    },
    forgetComing: (number) => {
      comesForgotten = number;
    },
    carries: (wanted) => [...pairs].some((pair) => pair.server.localPort === wanted),
    heal: () => {
      mode = { kind: "pass" };
      trigger = undefined;
      for (const pair of pairs) {
        if (pair.forgotten) continue;
        if (pair.damaged) destroy(pair);
        else for (const socket of [pair.client, pair.server]) socket.resume();
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        pairs.forEach(destroy);
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

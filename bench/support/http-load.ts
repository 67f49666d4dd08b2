// A load of POSTs over a fixed number of kept-alive connections. Written on plain sockets, because an HTTP client of Node
// costs about as much as the server that is measured, and both share the machine.
import { connect, type Socket } from "node:net";

const answerMsMax = 60_000;

/** Where and how to POST. */
export interface Post {
  readonly port: number;
  readonly path: string;
  readonly key: string;
}

/** One connection; one request at a time. */
export interface Connection {
  /** Resolves with the milliseconds until the whole answer was there. Throws when its status is not 2xx. */
  post(body: string): Promise<number>;
  close(): void;
}

/** Opens a connection. */
async function openConnection({ port, path, key }: Post): Promise<Connection> {
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  socket.setTimeout(answerMsMax, () => socket.destroy(new Error(`no answer within ${answerMsMax} ms`)));
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n`;
  let received = "";
  let waiting: { resolve(): void; reject(error: Error): void } | undefined;
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    const bodyAt = received.indexOf("\r\n\r\n") + 4;
    if (bodyAt < 4) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(received)?.[1];
    const isWhole = length === undefined ? received.endsWith("0\r\n\r\n") : received.length >= bodyAt + Number(length);
    if (!isWhole) return;
    const answer = received;
    received = "";
    if (/^HTTP\/1\.1 2/.test(answer)) waiting?.resolve();
    else waiting?.reject(new Error(`the server answered ${answer.slice(0, 500)}`));
  });
  const fail = (error?: Error): void => waiting?.reject(error ?? new Error("the server closed the connection"));
  socket.on("error", fail);
  socket.on("close", () => fail());
  return {
    post: async (body) => {
      if (socket.destroyed) throw new Error("the server closed the connection while it was idle");
      const startedAt = performance.now();
      const answered = new Promise<void>((resolve, reject) => {
        waiting = { resolve, reject };
      });
      socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      await answered;
      return performance.now() - startedAt;
    },
    close: () => {
      waiting = undefined;
      socket.destroy();
    },
  };
}

/** What a load measured. */
export interface Load {
  readonly requestsPerSecond: number;
  /** Milliseconds of each request. */
  readonly latencies: readonly number[];
}

/** As fast as the server answers: each connection sends its next request when it has its answer. */
export async function closedLoad(
  post: Post,
  { connections, requests, body }: { connections: number; requests: number; body: (n: number) => string },
): Promise<Load> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(post)));
  const latencies: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    open.map(async (connection) => {
      while (next < requests) {
        next += 1;
        latencies.push(await connection.post(body(next - 1)));
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  for (const connection of open) connection.close();
  return { requestsPerSecond: latencies.length / seconds, latencies };
}

/**
 * At a fixed rate, whether the server keeps up or not: times count from when a request was due, so that a server that
 * stalls is not spared the requests it kept from being sent.
 */
export async function openLoad(
  post: Post,
  given: {
    readonly connections: number;
    readonly perSecond: number;
    readonly seconds: number;
    readonly body: (n: number) => string;
    readonly onSent?: (n: number, dueAt: number) => void;
  },
): Promise<Load> {
  const { connections, perSecond, seconds, body, onSent } = given;
  const idle = await Promise.all(Array.from({ length: connections }, () => openConnection(post)));
  const all = [...idle];
  const due: number[] = [];
  const latencies: number[] = [];
  const startedAt = performance.now();
  const total = Math.ceil(perSecond * seconds);
  let sent = 0;
  let failure: unknown;
  const send = (): void => {
    // In turns: servers close a connection that is idle for some seconds.
    for (let connection = idle.shift(); connection; connection = idle.shift()) {
      const dueAt = due.shift();
      if (dueAt === undefined) return void idle.unshift(connection);
      const free = connection;
      const number = sent;
      sent += 1;
      onSent?.(number, dueAt);
      free.post(body(number)).then(
        () => {
          latencies.push(performance.now() - dueAt);
          idle.push(free);
          send();
        },
        (error: unknown) => {
          failure ??= error;
        },
      );
    }
  };
  let scheduled = 0;
  while (latencies.length < total && failure === undefined) {
    for (; scheduled < total && startedAt + (scheduled * 1_000) / perSecond <= performance.now(); scheduled += 1) {
      due.push(startedAt + (scheduled * 1_000) / perSecond);
    }
    send();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const connection of all) connection.close();
  if (failure !== undefined) throw failure;
  return { requestsPerSecond: total / ((performance.now() - startedAt) / 1_000), latencies };
}

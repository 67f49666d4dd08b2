// A plain socket to ingest, for what no HTTP client would send.
import { connect } from "node:net";
import type { IngestProcess } from "./ingest-process.ts";

export interface Connection {
  write(text: string): void;
  end(): void;
  /** What has come back so far. */
  received(): string;
  /** All that came back, once the connection is closed. */
  readonly answer: Promise<string>;
}

/** Connects. */
export function openConnection(ingest: IngestProcess): Connection {
  const socket = connect(Number(new URL(ingest.url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  const answer = new Promise<string>((resolve) => socket.once("close", () => resolve(text)));
  socket.on("error", () => socket.destroy());
  return {
    write: (part) => void socket.write(part),
    end: () => void socket.destroy(),
    received: () => text,
    answer,
  };
}

/** The head of a POST to /v1/events by the client that may do everything, without its last blank line. */
export function postHead(ingest: IngestProcess, ...headers: readonly string[]): string {
  return [
    "POST /v1/events HTTP/1.1",
    "Host: ingest",
    `Authorization: Bearer ${ingest.key}`,
    "Content-Type: application/json",
    ...headers,
    "",
  ].join("\r\n");
}

/** Begins a POST and leaves its body unfinished. */
export function openRequest(ingest: IngestProcess, begin: string, length = 1_000): Connection {
  const connection = openConnection(ingest);
  connection.write(`${postHead(ingest, `Content-Length: ${length}`, "Connection: close")}\r\n${begin}`);
  return connection;
}

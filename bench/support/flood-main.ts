// A flood as a process of its own: sends as fast as it is answered until it is killed, and keeps in a file how it was answered.
import { renameSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type Flood, floods } from "./floods.ts";
import { post } from "./single-sales.ts";

const reportEveryMs = 100;
const slowByteEveryMs = 1_000;
const slowBytesTold = 1_000_000;
/** Whoever is not let in tries again at once, but not without a breath. */
const brokenPauseMs = 10;
/** Who is slow with its bodies is slow to come again, or it would be a flood of connections. */
const slowPauseMs = 1_000;

const [, , name = "", port = "", report = ""] = process.argv;
const flood = floods[name];
if (flood === undefined) throw new Error(`there is no flood ${name}`);
const answers: Record<string, number> = {};
const count = (answer: string): void => {
  answers[answer] = (answers[answer] ?? 0) + 1;
};
setInterval(() => {
  // Whole at every moment, for this process may be killed at any.
  writeFileSync(`${report}.part`, JSON.stringify(answers));
  renameSync(`${report}.part`, report);
}, reportEveryMs);
const agent = new Agent({ keepAlive: true, maxSockets: flood.connections });
let next = 0;
for (let connection = 0; connection < flood.connections; connection += 1) {
  void (flood.isSlow === true ? hangOn(flood) : sendOn(flood));
}
process.send?.({ port: 0 });

async function sendOn({ key, body }: Flood): Promise<never> {
  for (;;) {
    const status = await post({ port: Number(port), key, agent }, body(next++));
    count(status === 0 ? "broken" : String(status));
    if (status === 0) await delay(brokenPauseMs);
  }
}

async function hangOn({ key }: Flood): Promise<never> {
  for (;;) {
    const socket = connect({ port: Number(port), host: "127.0.0.1" });
    const head = `POST /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json`;
    socket.write(`${head}\r\ncontent-length: ${slowBytesTold}\r\n\r\n[`);
    const trickle = setInterval(() => socket.write(" "), slowByteEveryMs);
    socket.once("data", (answer) => {
      count(answer.toString("latin1").slice(9, 12));
      socket.destroy();
    });
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(trickle);
    await delay(slowPauseMs);
  }
}

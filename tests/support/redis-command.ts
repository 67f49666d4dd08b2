// One Redis command over a plain socket, for what tests ask of the server itself (the queue package is the only user of a Redis client).
import { connect } from "node:net";

const answerMsMax = 10_000;

/** Sends `command` to the server and database of `url`; resolves with the raw answer of that command. Throws on an error answer. */
export function redisCommand(url: string, ...command: readonly string[]): Promise<string> {
  const { hostname, port, password, pathname } = new URL(url);
  const commands = [["AUTH", decodeURIComponent(password)], ["SELECT", pathname.slice(1) || "0"], command];
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write(commands.map(encoded).join("")));
    socket.setTimeout(answerMsMax, () => socket.destroy(new Error(`Redis gave no answer to ${command.join(" ")}`)));
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      answer += chunk.toString();
      const own = answer.replace(/^(\+OK\r\n){2}/, "");
      if (own === answer && !answer.startsWith("-")) return;
      if (own.startsWith("-")) reject(new Error(own.trim()));
      else if (own.endsWith("\r\n")) resolve(own.trim());
      else return;
      socket.destroy();
    });
  });
}

function encoded(parts: readonly string[]): string {
  return `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join("")}`;
}

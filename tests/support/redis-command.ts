// One Redis command over a plain socket, for what tests ask of the server itself (the queue package is the only user of a Redis client).
import { connect } from "node:net";

const answerMsMax = 10_000;

/** Sends `command` to the server and database of `url`; resolves with the raw answer of that command. Throws on an error answer. */
export function redisCommand(url: string, ...command: readonly string[]): Promise<string> {
  const { hostname, port, password, pathname } = new URL(url);
  // A sentinel has neither passwords nor databases.
  const first =
    password === ""
      ? []
      : [
          ["AUTH", decodeURIComponent(password)],
          ["SELECT", pathname.slice(1) || "0"],
        ];
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write([...first, command].map(encoded).join("")));
    socket.setTimeout(answerMsMax, () => socket.destroy(new Error(`Redis gave no answer to ${command.join(" ")}`)));
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      answer += chunk.toString();
      const own = first.length === 0 ? answer : answer.replace(/^(\+OK\r\n){2}/, "");
      if (own === answer && first.length > 0 && !answer.startsWith("-")) return;
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

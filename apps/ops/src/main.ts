// The process of the operator's command line.
import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { ownEnvironment } from "@inventory-sync/runtime";
import { runCli } from "./cli.ts";
import { exitCodes } from "./command.ts";

const { stdin, stdout, stderr } = process;
const stop = new AbortController();
process.once("SIGINT", () => {
  // The second Ctrl-C ends it at once.
  process.once("SIGINT", () => process.exit(exitCodes.stopped));
  stop.abort();
});
// The reader of the output may have seen enough, as head(1) does.
stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? exitCodes.ok : exitCodes.found),
);

process.exitCode = await runCli(process.argv.slice(2), ownEnvironment(), {
  out: (text) => stdout.write(text) || new Promise((resolve) => stdout.once("drain", resolve)),
  error: (text) => void stderr.write(text),
  terminal: stderr.isTTY ? stderr : undefined,
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
  askSecret: stdin.isTTY && stderr.isTTY ? askSecret : undefined,
  // Opened when it is read: an open reader would keep the process waiting for input.
  lines: { [Symbol.asyncIterator]: () => createInterface({ input: stdin })[Symbol.asyncIterator]() },
  signal: stop.signal,
});

/** A terminal that is read by a reader of its own shows nothing by itself, and that reader writes into nowhere. */
function askSecret(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: nowhere, terminal: true });
  // Asked only now that nothing is shown any more.
  stderr.write(question);
  return answerOf(reader, "", "").finally(() => stderr.write("\n"));
}

function ask(question: string): Promise<string> {
  return answerOf(createInterface({ input: stdin, output: stderr }), question, "no");
}

/** The terminal's own Ctrl-C never reaches the process: it counts as an answer, as does the end of the input. */
async function answerOf(reader: Interface, question: string, ifNone: string): Promise<string> {
  try {
    return await Promise.race([
      reader.question(question),
      new Promise<string>((resolve) =>
        reader.once("close", () => resolve(ifNone)).once("SIGINT", () => resolve(ifNone)),
      ),
    ]);
  } finally {
    reader.close();
  }
}

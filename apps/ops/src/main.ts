// The process of the operator's command line.
import { createInterface } from "node:readline/promises";
import { runCli } from "./cli.ts";
import { exitCodes } from "./command.ts";
import { ownEnvironment } from "./config.ts";

const { stdin, stdout, stderr } = process;
const stop = new AbortController();
process.once("SIGINT", () => {
  // The second Ctrl-C ends it at once.
  process.once("SIGINT", () => process.exit(exitCodes.stopped));
  stop.abort();
});
// Whoever reads may have seen enough, as head(1) does.
stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? exitCodes.ok : exitCodes.found),
);

process.exitCode = await runCli(process.argv.slice(2), ownEnvironment(), {
  out: (text) => stdout.write(text) || new Promise((resolve) => stdout.once("drain", resolve)),
  error: (text) => void stderr.write(text),
  terminal: stderr.isTTY ? stderr : undefined,
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
  signal: stop.signal,
});

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    // The terminal's own Ctrl-C never reaches the process: it is an answer, and it is no.
    const answer = await Promise.race([
      terminal.question(question),
      new Promise<string>((resolve) => terminal.once("close", () => resolve("no")).once("SIGINT", () => resolve("no"))),
    ]);
    return answer;
  } finally {
    terminal.close();
  }
}

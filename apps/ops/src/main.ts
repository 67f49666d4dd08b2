// The process of the operator's command line.
import { runCli } from "./cli.ts";
import { ownEnvironment } from "./config.ts";

process.exitCode = await runCli(process.argv.slice(2), ownEnvironment(), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
});

// `npm start`: everything on this machine, with a small demo retailer when the data folder is new; `-- --no-demo` leaves it empty and quiet.
import { messageOf } from "@inventory-sync/domain";
import { ConfigError, configErrorExitCode } from "@inventory-sync/runtime";
import { type LocalConfig, readConfig } from "./config.ts";
import { runDemo } from "./demo/run-demo.ts";
import { launch } from "./launcher/launch.ts";
import { createTeardown, Stopped, watchParents } from "./launcher/teardown.ts";
import { AppFailed } from "./processes/app-process.ts";

const usage = "npm start [-- --no-demo]";
const exitAtOnce = 130;
/** What this start and its children make is for its owner only; what another account must reach is opened where it is made. */
const ownerOnly = 0o077;
const say = (line: string) => void process.stdout.write(`${line}\n`);
const teardown = createTeardown(say);
let stopping = false;

// The reader of our output may go away before we do.
process.stdout.on("error", () => undefined);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(0));

process.umask(ownerOnly);
try {
  const demo = wantsDemo(process.argv.slice(2));
  const config = readConfig();
  if (config.underNpm) watchParents(() => stop(0));
  await start(config, demo);
} catch (error) {
  if (!(error instanceof Stopped)) {
    process.stderr.write(`${explain(error)}\n`);
    stop(
      error instanceof ConfigError || (error instanceof AppFailed && error.exit === configErrorExitCode)
        ? configErrorExitCode
        : 1,
    );
  }
}

async function start(config: LocalConfig, demo: boolean): Promise<void> {
  say("Starting inventory-sync ...");
  const given = { config, teardown, say };
  const { credentials, welcome } = await launch(given, { demo });
  if (stopping) return;
  say(welcome);
  if (demo) await runDemo(given, credentials);
}

/** The first call begins the orderly stop, a second one goes at once: every child ends by itself when its channel closes. */
function stop(exitCode: number): void {
  if (stopping) process.exit(exitAtOnce);
  stopping = true;
  if (teardown.isEmpty()) process.exit(exitCode);
  say("Stopping in order: ingest, worker, board, SFTP, queue, database ...");
  void teardown.run().then(() => {
    say("Stopped.");
    process.exit(exitCode);
  });
}

function wantsDemo(args: readonly string[]): boolean {
  const unknown = args.filter((arg) => arg !== "--no-demo");
  if (unknown.length > 0) throw new ConfigError([`${unknown.join(" ")} is not known here; use: ${usage}`]);
  return !args.includes("--no-demo");
}

function explain(error: unknown): string {
  if (error instanceof AppFailed) return `inventory-sync could not start, because ${error.message}`;
  return `inventory-sync could not start. ${messageOf(error)}`;
}

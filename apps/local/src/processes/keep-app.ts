// An app of a start, kept running. Its log goes to a file; the terminal gets what went wrong, in one line each.
import { createWriteStream, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { showable } from "@inventory-sync/domain";
import { type AppOptions, type AppProcess, startApp } from "./app-process.ts";
import { dataFolderArgument } from "./orphans.ts";
import { type Supervised, supervise } from "./supervise.ts";

/**
 * Starts an app on a data folder, and resolves when it is up; from then on it is kept running. Throws when the first start fails.
 * @param app.env its whole environment besides LOG_FORMAT, made anew for each start
 * @param app.onUp called each time that it is up
 */
export function keepApp(
  app: Pick<AppOptions, "app" | "entry"> & {
    readonly name: string;
    env(): AppOptions["env"];
    onUp?(started: AppProcess): void;
  },
  { dataDir, say }: { readonly dataDir: string; readonly say: (line: string) => void },
): Promise<Supervised<AppProcess>> {
  const { name, env, onUp, ...run } = app;
  const [onLine, args] = [appLog({ dataDir, name, say }), [dataFolderArgument(dataDir)]];
  const start = async () => {
    const started = await startApp({ ...run, args, onLine, env: { ...env(), LOG_FORMAT: "json" } });
    onUp?.(started);
    return started;
  };
  return supervise({ name, say, start });
}

const logBytesMax = 50_000_000;
const shownLevels = new Set(["error", "fatal"]);

/** A line receiver for one app: writes to DATA_DIR/logs/<name>.log and tells `say` of errors. One earlier log is kept as <name>.log.1. */
export function appLog(options: { dataDir: string; name: string; say: (line: string) => void }) {
  const folder = join(options.dataDir, "logs");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${options.name}.log`);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > logBytesMax) renameSync(file, `${file}.1`);
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  // A full disk must not end the launcher; it shows elsewhere soon enough.
  stream.on("error", () => undefined);
  return (line: string): void => {
    stream.write(`${line}\n`);
    const shown = forPeople(line);
    if (shown) options.say(`${options.name}: ${showable(shown)}`);
  };
}

function forPeople(line: string): string | undefined {
  if (!line.startsWith("{")) return line.trim() || undefined;
  try {
    const entry = JSON.parse(line) as { level?: string; msg?: string; err?: { message?: string } };
    if (!shownLevels.has(entry.level ?? "")) return undefined;
    return [entry.msg, entry.err?.message].filter(Boolean).join(": ");
  } catch {
    return line;
  }
}

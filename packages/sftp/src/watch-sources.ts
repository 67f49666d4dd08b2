// SOURCES_FILE is watched: what counts come from changes without a restart, and what is wrong with the file changes nothing.
import { existsSync } from "node:fs";
import { DEFAULT_SOURCE, sourcesFile } from "@inventory-sync/domain";
import { watchJsonFile } from "@inventory-sync/runtime/watched-file";
import type { InboxOptions } from "./inbox.ts";
import { type Sources, sourcesOf } from "./sources.ts";

/** What the environment says of the source of a system without SOURCES_FILE, and of what a source of the file leaves out. */
export interface UsualSource {
  /** Asked when it is used, so that its address may be looked up as late as that. */
  readonly inbox: () => InboxOptions;
  /** Local times of `timeZone`. */
  readonly resetAt: readonly string[];
  readonly deadlines: readonly string[];
  readonly timeZone: string;
}

interface Log {
  info(details: object, text: string): void;
  error(details: object, text: string): void;
}

/** Watches the file, which need not exist. What is wrong with it is told in the log, and the last good one stays in force. */
export function watchSources(
  file: string,
  usual: UsualSource,
  { log, env }: { readonly log: Log; readonly env: Readonly<Record<string, string | undefined>> },
): Sources & { close(): void } {
  const watched = watchJsonFile(file, {
    schema: sourcesFile,
    whenMissing: "counts come from SFTP_URL",
    onRead: ({ sftp }) =>
      log.info({ file, sources: sftp?.map(({ name }) => name) ?? [DEFAULT_SOURCE] }, "the sources of counts are read"),
    onFault: (fault, before) => {
      if (!existsSync(file)) return;
      const inForce = before
        ? "the sources read before stay in force"
        : "counts are taken from nowhere until it is mended";
      log.error({ file }, `${fault}; ${inForce}`);
    },
  });
  const { inbox, resetAt, deadlines, timeZone } = usual;
  const byDefault = {
    name: DEFAULT_SOURCE,
    inbox,
    schedule: { times: resetAt, timeZone },
    deadlines: { times: deadlines, timeZone },
  };
  const sources = sourcesOf({ file, value: watched.value, fault: watched.fault }, byDefault, env);
  return { ...sources, close: watched.close };
}

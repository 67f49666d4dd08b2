// The sources of counts as they are in force: those of SOURCES_FILE, else the one of the environment. The file is watched: what counts come
// from changes without a restart, so each use asks anew.
import { existsSync, readFileSync } from "node:fs";
import {
  DEFAULT_SOURCE,
  type Schedule,
  type SecretReference,
  type SftpSource,
  type SnapshotMapping,
  type SourcesFile,
  sourcesFile,
} from "@inventory-sync/domain";
import { watchJsonFile } from "@inventory-sync/runtime/watched-file";
import { SftpFailure } from "./failure.ts";
import type { InboxOptions } from "./inbox.ts";

export interface Source {
  readonly name: string;
  /** Its server. @throws SftpFailure "auth" when its password cannot be read */
  inbox(): InboxOptions;
  /** When its waiting files are run. */
  readonly schedule: Schedule;
  /** By when a count of it must have been accepted. */
  readonly deadlines: Schedule;
  /** How its files are written, where it says so; else their header and the worker's settings decide. */
  readonly mapping?: SnapshotMapping | undefined;
  /** What a product becomes that its counts do not list, where it says so; else ABSENT_ROWS. */
  readonly absentRows?: "keep" | "zero" | undefined;
}

export interface Sources {
  /** Those in force, in the order of the file; none where the file has never been in good order. */
  all(): readonly Source[];
  /** One of them, or the default one for what it had begun; undefined when there is none of that name. */
  find(name: string): Source | undefined;
  /** What is wrong with SOURCES_FILE as it is now, in words. */
  fault(): string | undefined;
}

/** What the environment says of the source of a system without SOURCES_FILE, and of what a source of the file leaves out. */
export interface UsualSource {
  /** Asked when it is used, so that its address may be looked up as late as that. */
  readonly inbox: () => InboxOptions;
  /** Local times of `timeZone`. */
  readonly resetAt: readonly string[];
  readonly deadlines: readonly string[];
  readonly timeZone: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PRISM_UNUSED =
  "SOURCES_FILE has prism, which is not used: nothing is pulled from Prism, it posts its documents (docs/prism.md)";

interface Log {
  warn(details: object, text: string): void;
  info(details: object, text: string): void;
  error(details: object, text: string): void;
}

/** Watches SOURCES_FILE, which need not exist. What is wrong with it is told in the log, and the last good one stays in force. */
export function watchSources(
  file: string,
  { inbox, resetAt, deadlines, timeZone }: UsualSource,
  { log, env }: { readonly log: Log; readonly env: Environment },
): Sources & {
  close(): void;
  /** What SOURCES_FILE has and nothing uses, in words. */
  unused(): string | undefined;
} {
  const watched = watchJsonFile(file, {
    schema: sourcesFile,
    whenMissing: "counts come from SFTP_URL",
    onRead: ({ sftp, prism }) => {
      log.info({ file, sources: sftp?.map(({ name }) => name) ?? [DEFAULT_SOURCE] }, "the sources of counts are read");
      if (prism !== undefined) log.warn({ file }, PRISM_UNUSED);
    },
    onFault: (fault, before) => {
      if (!existsSync(file)) return;
      const inForce = before
        ? "the sources read before stay in force"
        : "counts are taken from nowhere until it is mended";
      log.error({ file }, `${fault}; ${inForce}`);
    },
  });
  const usual: Source = {
    name: DEFAULT_SOURCE,
    inbox,
    schedule: { times: resetAt, timeZone },
    deadlines: { times: deadlines, timeZone },
  };
  // That the file does not exist is no fault here.
  const fault = () => (existsSync(file) ? watched.fault() : undefined);
  let made: { readonly from: SourcesFile; readonly sources: readonly Source[] } | undefined;
  const all = (): readonly Source[] => {
    const value = watched.value();
    if (value === undefined) return fault() === undefined ? [usual] : [];
    if (made?.from !== value)
      made = { from: value, sources: value.sftp?.map((each) => sourceOf(each, usual, env)) ?? [usual] };
    return made.sources;
  };
  return {
    all,
    find: (name) => all().find((each) => each.name === name) ?? (name === DEFAULT_SOURCE ? usual : undefined),
    fault,
    unused: () => (watched.value()?.prism === undefined ? undefined : PRISM_UNUSED),
    close: watched.close,
  };
}

function sourceOf(given: SftpSource, usual: Source, env: Environment): Source {
  const { name, url, hostKeySha256, resetAt, timeZone = usual.schedule.timeZone, deadline } = given;
  const keys = typeof hostKeySha256 === "string" ? hostKeySha256.split(/[,\s]+/) : hostKeySha256;
  return {
    name,
    schedule: { times: resetAt ?? usual.schedule.times, timeZone },
    deadlines: { times: deadline ?? usual.deadlines.times, timeZone },
    mapping: given.mapping,
    absentRows: given.absentRows,
    inbox: () => ({
      url: withPassword(url, given, env),
      hostKeySha256: keys.filter((key) => key !== ""),
      privateKeyFile: given.privateKeyFile,
      snapshotGlob: given.glob ?? usual.inbox().snapshotGlob,
    }),
  };
}

function withPassword(url: string, { name, password }: SftpSource, env: Environment) {
  if (password === undefined) return url;
  const full = new URL(url);
  full.password = encodeURIComponent(readSecret(name, password, env));
  return full.href;
}

function readSecret(source: string, reference: SecretReference, env: Environment): string {
  if ("env" in reference) {
    const secret = env[reference.env];
    if (secret) return secret;
    throw new SftpFailure("auth", `The password of source ${source} is to be in ${reference.env}, which is not set.`);
  }
  try {
    // A text file ends with a line end, a password does not.
    return readFileSync(reference.file, "utf8").replace(/\r?\n$/, "");
  } catch {
    throw new SftpFailure(
      "auth",
      `The password of source ${source} is to be in ${reference.file}, which cannot be read.`,
    );
  }
}

// Where counts come from: the SFTP servers of SOURCES_FILE, each with a name, a schedule and rules of its own. Without the file there
// is one source, "default", from the environment.
import { z } from "zod";
import { timesOfDay, timeZoneName } from "./schedule.ts";
import { snapshotMapping } from "./snapshot/mapping.ts";

/** The source of a system without SOURCES_FILE, and of all that came before there were several. */
export const DEFAULT_SOURCE = "default";

const SOURCES_MAX = 100;
const NAME_CHARACTERS_MAX = 40;
const TEXT_CHARACTERS_MAX = 1_000;
const TIMES_CHARACTERS_MAX = 200;
const HOST_KEYS_MAX = 10;

/** The name of a source: small letters, digits and hyphens, so that it can stand in addresses, file names and run keys. */
export const sourceName = z
  .string()
  .max(NAME_CHARACTERS_MAX)
  .regex(/^[a-z0-9][a-z0-9-]*$/, "must be small letters, digits and hyphens, such as north");

const shortText = z.string().min(1).max(TEXT_CHARACTERS_MAX);

/** Where a secret stands: in a variable of the process's environment, or in a file of its own. Never in the file of sources. */
const secretReference = z.union([z.strictObject({ env: shortText }), z.strictObject({ file: shortText })], {
  error: 'must be {"env": "NAME"} or {"file": "/path"}: a secret does not stand in this file',
});

export type SecretReference = z.infer<typeof secretReference>;

const times = z.string().max(TIMES_CHARACTERS_MAX).pipe(timesOfDay);

const sftpSource = z.strictObject({
  name: sourceName,
  url: shortText.refine(isSftpUrl, "must look like sftp://user@host:22/base/path, with a user"),
  /** Where `url` has no password. */
  password: secretReference.optional(),
  privateKeyFile: shortText.optional(),
  hostKeySha256: z.union([shortText, z.array(shortText).min(1).max(HOST_KEYS_MAX)]),
  resetAt: times.optional(),
  timeZone: timeZoneName
    .refine((name) => !/^[+-]/.test(name), "must be the IANA name of a time zone, no offset")
    .optional(),
  deadline: times.optional(),
  glob: shortText.optional(),
  /** What a product becomes that a count of it does not list (R7). */
  absentRows: z.enum(["keep", "zero"]).optional(),
  /** How its files are written, where their header does not say it. */
  mapping: snapshotMapping.optional(),
});

/** One SFTP server as SOURCES_FILE has it; what it leaves out is as the environment says. */
export type SftpSource = z.infer<typeof sftpSource>;

/** SOURCES_FILE. Sources that are pulled (`prism`) may stand in it; nothing uses them, and whoever reads the file says so. */
export const sourcesFile = z.strictObject({
  sftp: z
    .array(sftpSource)
    .max(SOURCES_MAX)
    .refine(
      (sources) => new Set(sources.map(({ name }) => name)).size === sources.length,
      "has a name twice: each source needs a name of its own",
    )
    .refine(
      (sources) => new Set(sources.map(placeOf)).size === sources.length,
      "has the same folder of the same server twice: each file would be counted by both",
    )
    .optional(),
  prism: z.unknown().optional(),
});

export type SourcesFile = z.infer<typeof sourcesFile>;

/** The key of a source's run: as of the schedule, and behind it the source where it is not the default one. */
export function runKeyOf(runKey: string, source: string): string {
  return source === DEFAULT_SOURCE ? runKey : `${runKey} of ${source}`;
}

function isSftpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "sftp:" && url.hostname !== "" && url.username !== "";
}

/** Account, server and folder, however they are written. */
function placeOf({ url }: { readonly url: string }): string {
  // Of one that cannot be read its own fault is told; to throw would hide that, with the address and its password in the error.
  if (!URL.canParse(url)) return url;
  const { username, hostname, port, pathname } = new URL(url);
  return `${username}@${hostname}:${port === "" ? "22" : port}/${pathname.split("/").filter(Boolean).join("/")}`;
}

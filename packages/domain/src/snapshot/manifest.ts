// Flow 2, step 3: what a sender says beside a snapshot about the whole of it, so that half a file is never
// taken for a whole one: `<name>.manifest.json` and `<name>.sha256`.
import { z } from "zod";
import { shownShort } from "../showable.ts";
import { someOf } from "../words.ts";
import { parseInstant } from "./as-of.ts";
import { FileRefused } from "./faults.ts";
import { sidecarNames } from "./names.ts";

const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, { error: "must be a SHA-256 in 64 hexadecimal digits" })
  .transform((text) => text.toLowerCase());

/** The content of `<name>.manifest.json`. Other members are let be. */
const manifestSchema = z.object({
  asOf: z
    .string({ error: "must be a text" })
    .transform((text, context) => {
      const instant = parseInstant(text);
      if (instant !== undefined) return instant;
      context.addIssue({
        code: "custom",
        message: "must be a date and time with a zone, such as 2026-11-23T04:00:00Z",
      });
      return z.NEVER;
    })
    .optional(),
  rows: z
    .number({ error: "must be a number" })
    .int({ error: "must be a whole number" })
    .nonnegative({ error: "must not be negative" })
    .optional(),
  sha256: sha256.optional(),
});

/** When the snapshot was true (UTC ISO), how many rows it has without its header, and the hash of the file as sent. Each may be missing. */
export type Manifest = z.infer<typeof manifestSchema> & {
  /** What is to be said of it: that it says something, and nothing that is read. */
  readonly note?: string;
};

/**
 * Reads the text of a manifest; a BOM does no harm.
 * @throws FileRefused BAD_MANIFEST naming the file and each fault
 */
export function readManifest(text: string, sidecarName: string): Manifest {
  const given = parseJson(text, sidecarName);
  const parsed = manifestSchema.safeParse(given);
  if (parsed.success) return { ...parsed.data, ...unreadNote(Object.keys(given as object), sidecarName) };
  const faults = parsed.error.issues.map((issue) => `${issue.path.join(".") || "it"} ${issue.message}`);
  throw badSidecar(sidecarName, faults.join("; "));
}

const KEYS_SHOWN_MAX = 5;
const KEY_LENGTH_SHOWN_MAX = 40;

/** A sender that writes `as_of` believes to have said when its count was true. */
function unreadNote(keys: readonly string[], sidecarName: string): Pick<Manifest, "note"> {
  const read = Object.keys(manifestSchema.shape);
  if (keys.length === 0 || keys.some((key) => read.includes(key))) return {};
  const shown = keys.map((key) => shownShort(key, KEY_LENGTH_SHOWN_MAX));
  const note = `${sidecarName} says nothing that is read: it has ${someOf(shown, KEYS_SHOWN_MAX)}; what is read is ${read.join(", ")}.`;
  return { note };
}

function parseJson(text: string, sidecarName: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw badSidecar(sidecarName, "it is not JSON");
  }
}

// The dot takes every character, so that no blank before a name is tried again for one that it would not take.
const BARE_OR_GNU = /^\\?([0-9a-f]{64})(?:\s+\*?(.+))?$/is;
const BSD = /^SHA256\s*\((.+)\)\s*=\s*([0-9a-f]{64})$/is;

/**
 * Reads a `<name>.sha256`: the bare hash, or lines as `sha256sum` or BSD `sha256` print them. Of several lines the one
 * that names `fileName` counts; a single line counts whatever file it names, since files are renamed on their way.
 * Returns 64 lower-case hexadecimal digits.
 * @throws FileRefused BAD_MANIFEST
 */
export function readSha256Sidecar(text: string, fileName: string): string {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trim());
  const entries = lines.filter((line) => line !== "").map(hashLine);
  const named = entries.find((entry) => entry?.name?.split(/[\\/]/).at(-1) === fileName);
  const entry = named ?? (entries.length === 1 ? entries[0] : undefined);
  if (entry) return entry.hash.toLowerCase();
  throw badSidecar(`${fileName}.sha256`, "it holds no SHA-256 of this file");
}

function hashLine(line: string): { hash: string; name?: string | undefined } | undefined {
  const gnu = BARE_OR_GNU.exec(line);
  if (gnu) return { hash: gnu[1] ?? "", name: gnu[2] };
  const bsd = BSD.exec(line);
  return bsd ? { hash: bsd[2] ?? "", name: bsd[1] } : undefined;
}

function badSidecar(sidecarName: string, fault: string): FileRefused {
  return new FileRefused(
    "BAD_MANIFEST",
    `${sidecarName} cannot be used: ${fault}. Correct it, or send the snapshot without it.`,
  );
}

/**
 * Compares the file as it arrived with the hash that was announced, if any (manifest first, then `.sha256`; when both are there both must hold).
 * @throws FileRefused HASH_MISMATCH
 */
export function checkHash(file: { name: string; sha256: string }, announced: readonly (string | undefined)[]): void {
  const other = announced.find((hash) => hash !== undefined && hash.toLowerCase() !== file.sha256);
  if (other === undefined) return;
  throw new FileRefused(
    "HASH_MISMATCH",
    `${file.name} arrived with SHA-256 ${file.sha256}, but ${other} was announced: it is not the file that was sent, or not all of it. Send the file and its hash again.`,
  );
}

/**
 * Compares the rows that were read, the header not counted, with the number announced, if any.
 * @throws FileRefused ROW_COUNT_MISMATCH
 */
export function checkRowCount(file: { name: string; rows: number }, announced: number | undefined): void {
  if (announced === undefined || announced === file.rows) return;
  throw new FileRefused(
    "ROW_COUNT_MISMATCH",
    `${file.name} has ${file.rows} rows after its header, but its manifest announces ${announced}. Send the whole file again.`,
  );
}

/**
 * Refuses a file that ends in the middle of a line: its last row may be half a row, "12" of "1234", and would read like
 * a whole one. Not for files whose row count or hash was announced, since either one would have told a cut.
 * @throws FileRefused CUT_OFF
 */
export function checkLastLine(file: {
  readonly name: string;
  readonly rows: number;
  readonly endsWithNewline: boolean;
}): void {
  if (file.endsWithNewline) return;
  throw new FileRefused(
    "CUT_OFF",
    `${file.name} does not end with a line end, so its last row (row ${file.rows} after the header) may have been cut off: "12" may be the beginning of "1234". Send the whole file again, with a line end after its last row or with a ${sidecarNames(file.name).sha256} beside it. If its sender never writes a last line end, set SNAPSHOT_FINAL_NEWLINE=optional.`,
  );
}

// Levels told absolutely: rows of a reset file (QOH) that HotWax takes from a folder over SFTP. A level goes through four steps, one a call:
//
//   no row -> written under a name that nobody takes -> put there to be taken -> archived by HotWax: confirmed, with the number of its row
//
// Its row is kept with the level (`target` of its fate) in the same moment as that it is UNKNOWN_OUTCOME. So a file that is taken is always
// one that is on record: a worker that dies, or lost the channel, between the first two steps leaves a file that nobody takes. While a level has a row
// no delta of it is sent, whoever settles it meanwhile: the row would overwrite it. What has changed since the row was written is told as a
// delta once the row is confirmed.
import { randomBytes } from "node:crypto";
import { secretReference } from "@inventory-sync/domain";
import { type Logger, readSecret, untilAborted } from "@inventory-sync/runtime";
import { type Outbox, type OutboxOptions, SftpFailure, type Whereabouts, withOutbox } from "@inventory-sync/sftp";
import { z } from "zod";
import { type LevelToTell, type Target, TargetFailure, type ToldFate } from "../target.ts";
import { heldNumber, type Kept, keptOf, keptText } from "./kept.ts";
import { refusalsOf, resetCsv, rowKey } from "./reset-rows.ts";

export const ROWS_MAX = 10_000;
/** A row that HotWax refused is written again after so long: somebody may have mended there what it said. */
const REFUSED_AGAIN_MS = 3_600_000;

/** Which server, and the folder from which HotWax takes reset files. */
export const resetFileSettings = z
  .strictObject({
    /** `sftp://user@host:port/base/path` */
    sftpUrl: z.string(),
    password: secretReference.optional(),
    privateKeyFile: z.string().min(1).optional(),
    /** The server's fingerprint as `ssh-keygen -lf` prints it; several while keys are changed. */
    hostKeySha256: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    /** Below the path of the address, unless it begins with a slash. */
    folder: z.string().min(1),
  })
  .superRefine(({ sftpUrl }, context) => {
    const url = URL.canParse(sftpUrl) ? new URL(sftpUrl) : undefined;
    const fault =
      url?.protocol !== "sftp:" || url.username === ""
        ? "must look like sftp://user@host:22/base/path"
        : url.password !== ""
          ? 'must have no password in it: say in "password" where it is'
          : undefined;
    if (fault !== undefined) context.addIssue({ code: "custom", path: ["sftpUrl"], message: fault });
  });

interface ResetFileParts {
  /** The channel's. */
  readonly name: string;
  readonly locationSeqId: string;
  readonly resetFile: z.output<typeof resetFileSettings>;
  readonly log: Logger;
}

/** Makes the way of a channel to tell levels absolutely. @throws Error in words when the password cannot be read */
export function openResetFiles({
  name,
  locationSeqId,
  resetFile,
  log,
}: ResetFileParts): Required<Target>["resetLevels"] {
  const options = outboxOptions(resetFile);
  return async (levels, stopping) => {
    const work = withOutbox(options, log, (outbox) => resetIn({ outbox, name, locationSeqId }, levels));
    try {
      return await untilAborted(stopping, work);
    } catch (error) {
      // Deltas of other levels have nothing to do with this server.
      if (error instanceof SftpFailure) return levels.map(() => unsettled(`The reset file: ${error.message}`));
      if (stopping.aborted) throw new TargetFailure("away", "the worker stops");
      throw error;
    }
  };
}

function outboxOptions({ sftpUrl, password, ...more }: ResetFileParts["resetFile"]): OutboxOptions {
  const url = new URL(sftpUrl);
  if (password) url.password = encodeURIComponent(readSecret(password));
  return { ...more, url: url.href, hostKeySha256: [more.hostKeySha256].flat() };
}

/** A level that stays listed; `kept` is what is kept with it from now on, the same as before where none is given. */
function unsettled(message: string, kept?: Kept): ToldFate {
  return { fate: "set-aside", code: "UNKNOWN_OUTCOME", message, ...(kept && { target: keptText(kept) }) };
}

interface Place {
  readonly outbox: Outbox;
  readonly name: string;
  readonly locationSeqId: string;
}

async function resetIn(place: Place, levels: readonly LevelToTell[]): Promise<ToldFate[]> {
  const kept = levels.map(({ target }) => keptOf(target));
  const news = new Map<string, FileNews>();
  for (const file of new Set(kept.flatMap((each) => (each?.row ? [each.row.file] : []))))
    news.set(file, await newsOf(place.outbox, file));
  const known = levels.map((level, at) => fateOfRow(level, kept[at], news));
  const toWrite = levels.filter((_, at) => known[at] === undefined);
  const written = toWrite.length === 0 ? undefined : await write(place, toWrite);
  return levels.map((level, at) => known[at] ?? writtenFate(level, written));
}

/** Where a file is, and the rows of it that were refused with why. */
interface FileNews {
  readonly where: Whereabouts;
  readonly refusals: ReadonlyMap<string, string>;
}

async function newsOf(outbox: Outbox, file: string): Promise<FileNews> {
  const where = await outbox.find(file);
  // It is on record with its levels by now.
  if (where === "staged") await outbox.release(file);
  const isOver = where === "taken" || where === "refused";
  return { where, refusals: refusalsOf(isOver ? await outbox.refusedRows(file) : []) };
}

/** @returns undefined where the level needs another row */
function fateOfRow(
  level: LevelToTell,
  kept: Kept | undefined,
  news: ReadonlyMap<string, FileNews>,
): ToldFate | undefined {
  const found = kept?.row && news.get(kept.row.file);
  if (kept?.row === undefined || found === undefined || found.where === "gone") return undefined;
  const { file, number, writtenAt } = kept.row;
  if (found.where === "staged" || found.where === "waiting")
    return unsettled(`The reset file ${file} tells it absolutely; HotWax has not taken it yet.`);
  // The facility is another one since: what the row did was done there.
  if (kept.place !== level.place) return undefined;
  const refusal = found.refusals.get(rowKey(level));
  if (found.where === "taken" && refusal === undefined)
    return { fate: "confirmed", number, target: keptText({ place: kept.place }) };
  if (Date.now() - writtenAt > REFUSED_AGAIN_MS) return undefined;
  return unsettled(`HotWax refused its row in the reset file ${file}: ${refusal ?? "the whole file is in error"}.`);
}

interface Written {
  readonly file: string;
  readonly writtenAt: number;
}

async function write({ outbox, name, locationSeqId }: Place, levels: readonly LevelToTell[]): Promise<Written> {
  const now = new Date();
  const stamp = now.toISOString().slice(0, "2026-11-28T10:15:00".length).replace(/[-:]/g, "");
  const file = `inventory-sync-${name}-${stamp}Z-${randomBytes(4).toString("hex")}.csv`;
  await outbox.stage(file, resetCsv(levels, locationSeqId));
  return { file, writtenAt: now.getTime() };
}

function writtenFate(level: LevelToTell, written: Written | undefined): ToldFate {
  if (written === undefined) throw new Error("a level has no row");
  const message = `The reset file ${written.file} tells it absolutely; it is put there for HotWax next.`;
  return unsettled(message, { place: level.place, row: { ...written, number: heldNumber(level) } });
}

// Flow 2, staging: what is known only when the whole file is read, or before its first row: rows that are rejected after all, and when its
// counts were true.
import type { RowReject, Staging } from "@inventory-sync/db";
import { type FileAsOf, fileAsOf, type RowRejection, rejection } from "@inventory-sync/domain";
import { type FileForm, readLines } from "@inventory-sync/sftp";
import type { ArrivingFile, StagingTask } from "./fetch.ts";
import { countedAlready, type Repair } from "./repair.ts";
import { keptReject } from "./resolve.ts";

/** Rows that only the whole file, or what the reset has counted that it corrects, shows to be unusable; each line with why. */
export async function takenOut(
  staging: Staging,
  repair: Repair | undefined,
  rejects: readonly RowReject[],
  adds: boolean,
): Promise<ReadonlyMap<number, RowRejection>> {
  const counted = repair ? await staging.takeCounted(repair.originId, repair.corrects) : [];
  const taken = await staging.settleDuplicates(rejects, adds);
  const { code, reason } = rejection("DUPLICATE_CONFLICT");
  const goesWith = (line: number) =>
    `another row of this product (line ${line}) is rejected, and without it this would be half a count: send both again`;
  return new Map([
    ...[...taken].map(
      ([line, becauseOf]) => [line, { code, reason: becauseOf === null ? reason : goesWith(becauseOf) }] as const,
    ),
    ...counted.map((line) => [line, countedAlready(repair?.originId ?? "")] as const),
  ]);
}

/** Rows that were staged and are rejected after all, read once more for their own columns. */
export async function rejectedLines(
  { path, form }: { readonly path: string; readonly form: FileForm },
  late: ReadonlyMap<number, RowRejection>,
  whose: (fields: readonly string[]) => Pick<RowReject, "facilityId" | "facility" | "product">,
): Promise<RowReject[]> {
  const found = await readLines(path, new Set(late.keys()), form);
  return [...late].map(([line, why]) => {
    const fields = found.get(line) ?? [];
    return keptReject({ line, fields, ...whose(fields), ...why });
  });
}

/** When the rows of a count of its own were true that do not say so themselves. */
export function timeOf(
  { reset, settings, mapping }: StagingTask,
  { file, manifest, nowMs }: Pick<ArrivingFile, "file" | "manifest"> & { readonly nowMs: number },
): FileAsOf {
  return fileAsOf({
    name: file.name,
    modifiedAtMs: file.modifiedAtMs,
    manifestAsOf: manifest.asOf,
    timeZone: settings.RESET_TIME_ZONE,
    nowMs,
    firstSeenMs: reset.createdAt.getTime(),
    nameStamp: mapping?.nameStamp,
  });
}

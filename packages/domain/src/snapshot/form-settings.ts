// How the files of a source without a mapping are read: the same variables for the worker, which reads them, and for the page and the
// command that show beforehand how it would.
import { z } from "zod";
import { idColumnOrder, ownColumnNames } from "./column-names.ts";
import { encodings } from "./encodings.ts";

/** For the schema of a process's settings. */
export const formSettings = {
  SNAPSHOT_COLUMNS: ownColumnNames.default(new Map()),
  SNAPSHOT_ID_COLUMNS: idColumnOrder.default([]),
  SNAPSHOT_ENCODING: z.string().toLowerCase().pipe(z.enum(encodings)).default("utf-8"),
};

export type FormSettings = z.output<z.ZodObject<typeof formSettings>>;

/** These of all settings of a process. */
export function formSettingsOf({
  SNAPSHOT_COLUMNS,
  SNAPSHOT_ID_COLUMNS,
  SNAPSHOT_ENCODING,
}: FormSettings): FormSettings {
  return { SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS, SNAPSHOT_ENCODING };
}

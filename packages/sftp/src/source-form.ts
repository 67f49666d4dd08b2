// Flow 2, staging: how a file is read: by the mapping of its source, else by the settings (SNAPSHOT_COLUMNS and its like) and the names in
// its header.
import {
  type ColumnMapping,
  columnsRead,
  type FormSettings,
  mapColumns,
  PLAIN_MAPPING,
  type SnapshotMapping,
} from "@inventory-sync/domain";

export type SourceForm = ReturnType<typeof sourceForm>;

/** Makes ready to read a file. @param given the mapping of its source; without it the settings hold */
export function sourceForm(settings: FormSettings, given?: SnapshotMapping) {
  const mapping = given ?? PLAIN_MAPPING;
  const { SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS } = settings;
  /** Where the fields stand below a header. @throws FileRefused when it lacks one */
  const columns = (header: readonly string[]): ColumnMapping =>
    mapColumns(header, mapping, SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS);
  const { header, delimiter, encoding = settings.SNAPSHOT_ENCODING } = mapping;
  const form = { header, delimiter, encoding, columnsRead: (names: readonly string[]) => columnsRead(columns(names)) };
  return { mapping, form, columns };
}

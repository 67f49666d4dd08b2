// Flow 2, staging: how a file is read: by the mapping of its source, else by the settings of this worker and the names in its header.
import {
  type ColumnMapping,
  columnsRead,
  type Encoding,
  mapColumns,
  type NamedId,
  type OwnColumnNames,
  PLAIN_MAPPING,
  type SnapshotMapping,
} from "@inventory-sync/domain";
import type { FileForm } from "@inventory-sync/sftp";

/** How the files of one source are read. */
export interface SourceForm {
  readonly mapping: SnapshotMapping;
  /** For the reader of rows. */
  readonly form: FileForm;
  /** Where the fields stand below a header. @throws FileRefused when it lacks one */
  columns(header: readonly string[]): ColumnMapping;
}

/** What a worker's settings say of the files of a source that has no mapping. */
export interface FormSettings {
  readonly SNAPSHOT_COLUMNS: OwnColumnNames;
  readonly SNAPSHOT_ID_COLUMNS: readonly NamedId[];
  readonly SNAPSHOT_ENCODING: Encoding;
}

/** Makes ready to read a file. @param given the mapping of its source; without it the settings hold */
export function sourceForm(settings: FormSettings, given?: SnapshotMapping): SourceForm {
  const mapping = given ?? PLAIN_MAPPING;
  const { SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS } = settings;
  const columns = (header: readonly string[]) => mapColumns(header, mapping, SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS);
  const { header, delimiter, encoding = settings.SNAPSHOT_ENCODING } = mapping;
  return {
    mapping,
    form: { header, delimiter, encoding, columnsRead: (names) => columnsRead(columns(names)) },
    columns,
  };
}

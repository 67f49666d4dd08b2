// Who may do what with which table: the one place where it stands. Everything that is not here is refused. A new table or view gets
// a row with the migration that makes it; a test holds this against the schema.
//
// The letters are PostgreSQL's own: r select, a insert, w update, d delete, U use (a sequence); TRUNCATE, TRIGGER and REFERENCES
// are nobody's. The ledger `movement`, the audit log `operator_action` and what `dismissed_job` keeps are only ever added to.

const TABLE = `
relation                   | ingest | worker | board | ops
facility                   |        | ra     | ra    | ra
facility.name              |        |        | w     | w
facility.retired_at        |        |        | w     | w
facility.merged_into       |        |        | w     | w
facility_id_seq            |        | U      | U     | U
product                    |        | ra     | ra    | ra
product.merged_into        |        |        | w     | w
product_id_seq             |        | U      | U     | U
product_identification     |        | ra     | ra    | ra
product_identification.product_id |   |  | w     | w
product_identification.named_id |    |        | w     | w
name_merge                 |        | r      | raw   | raw
merged_level               |        |        | ra    | ra
merged_line                |        | ra     | raw   | raw
movement                   |        | ra     | ra    | ra
movement_seq_seq           |        | U      | U     | U
ledger_archive             |        |        | r     | r
archived_event             |        | r      | r     | r
shipment                   |        | raw    | ra    | ra
shipment_acknowledgement   |        | ra     | ra    | ra
product_kind               |        | r      | r     | raw
document_line              |        | ra     | r     | r
facility_snapshot          |        | raw    | raw   | raw
level                      |        | raw    | raw   | raw
level_in_force             |        | r      | r     | r
reset                      |        | raw    | raw   | raw
facility_reset             |        | raw    | rw    | rw
snapshot_part              |        | rawd   | rad   | rad
snapshot_row               |        | r      | r     | r
held_row                   |        | rad    | rd    | rd
rejected_row               |        | rawd   | r     | r
correction                 |        | rad    | rad   | rad
scheduled_run              |        | raw    | r     | r
alarm                      |        | rawd   | rw    | rw
name_pair                  |        | rawd   | r     | r
name_pair.differ_at        |        |        | w     | w
name_pair.differ_by        |        |        | w     | w
name_pair.differ_because   |        |        | w     | w
name_look                  |        | raw    | r     | r
activity_minute            |        | rawd   | r     | r
refused_request            |        | rad    | r     | r
client_minute              |        | rad    | r     | r
accepted_event             | a      | rwd    | rd    | rd
accepted_event.facility_id | r      |        |       |
accepted_event.event_id    | r      |        |       |
accepted_event.content     | r      |        |       |
accepted_event_id_seq      | U      |        |       |
dismissed_job              |        | r      | ra    | ra
dismissed_job.state        |        |        | w     | w
dismissed_job_id_seq       |        |        | U     | U
job_retry                  |        | r      | raw   | raw
job_retry_id_seq           |        |        | U     | U
facility_clock             |        | rawd   | r     | r
time_offset                |        | r      | raw   | raw
level_change               |        | rad   | a     | a
level_change_id_seq        |        | U     | U     | U
level_mark                 |        | raw   | r     | r
level_mark_sequence_seq    |        | U     |       |
channel                    |        | raw   | rw    | rw
channel_id_seq             |        | U     |       |
channels_file              |        | rawd  | r     | r
channel_item               |        | rawd  | rw    | rw
channel_target             |        | rawd  |       |
channel_compared           |        | rawd  | r     | r
channel_run                |        | raw   | raw   | raw
operator_action            |        |        | ra    | ra
operator_action_id_seq     |        |        | U     | U
_prisma_migrations         |        | r      | r     | r
`;

/** The processes that have a role of their own in the database. */
export const grantees = ["ingest", "worker", "board", "ops"] as const;
export type Grantee = (typeof grantees)[number];

const PRIVILEGES: Readonly<Record<string, string>> = {
  r: "SELECT",
  a: "INSERT",
  w: "UPDATE",
  d: "DELETE",
  U: "USAGE",
};

/** One right on one relation, or on one column of it. */
export interface Right {
  /** The role's name; PUBLIC for everybody. */
  readonly role: string;
  readonly relation: string;
  readonly column: string | null;
  /** As PostgreSQL calls it, e.g. "SELECT". */
  readonly privilege: string;
}

/** The name of a process's role. */
export function roleOf(grantee: Grantee | "owner" | "queue"): string {
  return `inventory_${grantee}`;
}

/** All rights that there shall be. */
export function wantedRights(): Right[] {
  return rows().flatMap(({ name, cells }) => {
    const [relation = "", column = null] = name.split(".");
    return grantees.flatMap((grantee, index) =>
      [...(cells[index] ?? "")].map((letter) => {
        const privilege = PRIVILEGES[letter];
        if (privilege === undefined) throw new Error(`${letter} is no right that ${name} can have`);
        return { role: roleOf(grantee), relation, column, privilege };
      }),
    );
  });
}

/** The relations that the table names: all that the product owns. */
export function ownedRelations(): string[] {
  return [...new Set(rows().map(({ name }) => name.replace(/\..*/, "")))];
}

function rows(): { name: string; cells: string[] }[] {
  const [, ...lines] = TABLE.trim().split("\n");
  return lines.map((line) => {
    const [name = "", ...cells] = line.split("|").map((cell) => cell.trim());
    return { name, cells };
  });
}

// Who may do what with which table: the one place where it stands. Everything that is not here is refused. A new table or view gets
// a row with the migration that makes it; a test holds this against the schema.
//
// The letters are PostgreSQL's own: r select, a insert, w update, d delete, U use (a sequence); TRUNCATE, TRIGGER and REFERENCES
// are nobody's. The ledger `movement` and the audit log `operator_action` are only ever added to.

const TABLE = `
relation                   | ingest | worker | board | ops
facility                   |        | ra     | r     | r
facility_id_seq            |        | U      |       |
product                    |        | ra     | r     | ra
product_id_seq             |        | U      |       | U
product_identification     |        | ra     | r     | ra
movement                   |        | ra     | ra    | ra
movement_seq_seq           |        | U      | U     | U
shipment                   |        | raw    | r     | r
shipment_acknowledgement   |        | ra     | r     | r
facility_snapshot          |        | raw    | raw   | raw
level                      |        | raw    | raw   | raw
level_in_force             |        | r      | r     | r
reset                      |        | raw    | raw   | raw
facility_reset             |        | raw    | rw    | rw
snapshot_part              |        | rawd   | rad   | rad
snapshot_row               |        | r      | r     | r
held_row                   |        | rad    | rd    | rd
rejected_row               |        | rad    | r     | r
correction                 |        | rad    | rad   | rad
scheduled_run              |        | raw    | r     | r
alarm                      |        | rawd   | rw    | rw
activity_minute            |        | rawd   | r     | r
accepted_event             | a      | rwd    | r     | r
accepted_event.facility_id | r      |        |       |
accepted_event.event_id    | r      |        |       |
accepted_event.content     | r      |        |       |
accepted_event_id_seq      | U      |        |       |
operator_action            |        |        | ra    | ra
operator_action_id_seq     |        |        | U     | U
job_retry                  |        |        | raw   | r
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

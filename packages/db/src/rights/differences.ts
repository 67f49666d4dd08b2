// Compares the rights that the roles have with those they shall have, and makes them the same. Only what differs is touched, so that a
// start that finds all as it should be writes nothing.
import pg from "pg";
import { type Queryable, run } from "../statements.ts";
import { grantees, ownedRelations, type Right, roleOf, wantedRights } from "./table.ts";

const keyOf = ({ role, relation, column, privilege }: Right): string =>
  JSON.stringify([role, relation, column, privilege]);

/**
 * What is there and shall not be, and what shall be there and is not: of the product's roles on everything in the schema public, of PUBLIC on what is the product's. The tables of others
 * are others' to share.
 */
export async function findDifferences(on: Queryable) {
  const roles = [...grantees, "queue" as const].map(roleOf);
  const granted = await run<Right>(on, "list_grants", [roles]);
  const wanted = wantedRights();
  const [isGranted, isWanted] = [new Set(granted.map(keyOf)), new Set(wanted.map(keyOf))];
  const owned = new Set(ownedRelations());
  return {
    excess: granted.filter(
      (right) => !isWanted.has(keyOf(right)) && (right.role !== "PUBLIC" || owned.has(right.relation)),
    ),
    missing: wanted.filter((right) => !isGranted.has(keyOf(right))),
  };
}

/** Whether the ledger belongs to the owner's role, as it does once the database was moved over. */
export async function isSecured(on: Queryable): Promise<boolean> {
  return (await run(on, "is_secured", [roleOf("owner")])).length > 0;
}

/**
 * Makes the rights on what is the product's what the table says; needs its owner. Relations that are not there yet are left for later,
 * those that the table does not know are left alone.
 */
export async function applyRights(on: Queryable): Promise<void> {
  const { excess, missing } = await findDifferences(on);
  if (excess.length + missing.length === 0) return;
  const present = await run<{ relation: string; kind: string }>(on, "list_relations");
  const kinds = new Map(present.map(({ relation, kind }) => [relation, kind]));
  const owned = new Set(ownedRelations());
  const statements = [
    ...excess
      .filter(({ relation }) => owned.has(relation))
      .map((right) => `revoke ${objectOf(right, kinds)} from ${granteeOf(right)}`),
    ...missing
      .filter(({ relation }) => kinds.has(relation))
      .map((right) => `grant ${objectOf(right, kinds)} to ${granteeOf(right)}`),
  ];
  if (statements.length > 0) await on.query(statements.join(";\n"));
}

function objectOf({ relation, column, privilege }: Right, kinds: ReadonlyMap<string, string>): string {
  const columns = column === null ? "" : ` (${pg.escapeIdentifier(column)})`;
  const kind = kinds.get(relation) === "S" ? "sequence" : "table";
  return `${privilege}${columns} on ${kind} public.${pg.escapeIdentifier(relation)}`;
}

function granteeOf({ role }: Right): string {
  return role === "PUBLIC" ? "public" : pg.escapeIdentifier(role);
}

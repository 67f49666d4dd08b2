// What the roles could do that they shall not, and cannot do that they shall: for `ops database secure --check`.
import { withConnection } from "../one-connection.ts";
import { findDifferences, isSecured } from "./differences.ts";
import { findUnsettled } from "./ownership.ts";
import { findMemberships, powersOf, readRoles, roleKinds } from "./roles.ts";
import { type Right, roleOf } from "./table.ts";

/**
 * Looks at all roles and returns each fault in words; none when every role has the rights it needs and no more.
 * @param url postgres:// address of the database, for any role that may read its catalogue
 */
export async function checkRights(url: string): Promise<string[]> {
  return withConnection(url, "check of rights", async (client) => {
    const roles = await readRoles(client);
    const absent = roleKinds.map(roleOf).filter((name) => !roles.some((role) => role.name === name));
    if (absent.length > 0) return absent.map((name) => `there is no role ${name}`);
    const { excess, missing } = await findDifferences(client);
    return [
      ...roles.flatMap((role) => powersOf(role).map((power) => `${role.name} has the attribute ${power}`)),
      ...(await findMemberships(client)).map(({ role, member }) => `${member} could become ${role}`),
      ...((await isSecured(client)) ? [] : [`the ledger does not belong to ${roleOf("owner")}`]),
      ...excess.map((right) => `${right.role} has ${right.privilege} on ${placeOf(right)}, and shall not`),
      ...missing.map((right) => `${right.role} shall have ${right.privilege} on ${placeOf(right)}, and has not`),
      ...(await findUnsettled(client)).map((statement) => `still to be done: ${statement}`),
    ];
  });
}

function placeOf({ relation, column }: Right): string {
  return column === null ? relation : `${relation}.${column}`;
}

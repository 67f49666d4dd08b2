// ops database connections: who holds the connections of the database server, and how many more there may be.
import { lookAtConnections } from "@inventory-sync/db";
import { type Command, exitCodes } from "./command.ts";

export const databaseConnections: Command = {
  name: "database connections",
  summary:
    "shows who holds the database server's connections and how many more it gives; exits 1 when fewer than a tenth of them are left",
  async run({ addresses, out }) {
    const { room, held } = await lookAtConnections(addresses.database());
    const { max = 0, reserved = 0, used = 0, limit = "" } = room ?? {};
    const left = max - reserved - used;
    out.document({ limit, max, reserved, used, left, held });
    out.table(
      ["role", "database", "process", "connections", "at work"],
      held.map(({ role, database, name, connections, working }) => [role, database, name, connections, working]),
    );
    out.say(`${used} of ${limit} (${max}) are taken and ${reserved} kept for administrators: ${left} are left.`);
    return left < max * FEW_SHARE ? exitCodes.found : exitCodes.ok;
  },
};

const FEW_SHARE = 0.1;

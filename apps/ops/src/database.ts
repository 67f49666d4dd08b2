// ops database secure: gives the owner and each process a role of its own, with the rights it needs and no more; or says what differs. ops
// database connections: who holds the connections of the database server, and how many more there may be.
import { randomBytes } from "node:crypto";
import {
  addressFor,
  checkRights,
  lookAtConnections,
  type RoleKind,
  type RolePasswords,
  roleKinds,
  secureDatabase,
} from "@inventory-sync/db";
import { plural } from "@inventory-sync/domain";
import { ConfigError } from "@inventory-sync/runtime";
import { type Command, exitCodes, type Run } from "./command.ts";

const PASSWORD_BYTES = 24;

/** Which process is to be given which role's address, under which name. */
const USES: Readonly<Record<RoleKind, string>> = {
  owner: "migrate: DATABASE_OWNER_URL",
  queue: "all processes: QUEUE_URL, where PostgreSQL is the queue",
  ingest: "ingest: DATABASE_URL, only with ACCEPT_INTO=inbox",
  worker: "worker: DATABASE_URL",
  board: "board: DATABASE_URL",
  ops: "ops: DATABASE_URL",
};

const databaseSecure: Command = {
  name: "database secure",
  usage: "[--check]",
  summary:
    "gives each process its own role in the database of DATABASE_ADMIN_URL, moves what is there over, and says which address goes where; may be repeated. --check only says which rights differ, and exits 1 when some do",
  run: (run) => (run.has("check") ? check(run) : secure(run)),
};

async function check({ addresses, out }: Run): Promise<number> {
  const faults = await checkRights(addresses.databaseAdmin ?? addresses.database());
  out.document({ faults });
  for (const fault of faults) out.say(fault);
  out.say(
    faults.length === 0
      ? "Every role has the rights it needs, and no more."
      : `${plural(faults.length, "difference")}.`,
  );
  return faults.length === 0 ? exitCodes.ok : exitCodes.found;
}

async function secure({ addresses, out }: Run): Promise<number> {
  const url = addresses.databaseAdmin;
  if (url === undefined)
    throw new ConfigError([
      "DATABASE_ADMIN_URL is not set; allowed: a postgres:// URL of an account that may make roles",
    ]);
  const { created, moved, applied } = await secureDatabase(url, addresses.rolePasswords);
  // A password that was not chosen is made here, and shown this once.
  const made: RolePasswords = Object.fromEntries(
    created.filter((kind) => addresses.rolePasswords[kind] === undefined).map((kind) => [kind, newPassword()]),
  );
  if (Object.keys(made).length > 0) await secureDatabase(url, made);
  const roles = roleKinds.map((kind) => ({
    kind,
    use: USES[kind],
    address: addressFor(url, kind, made[kind] ?? "***"),
  }));
  out.document({ created, moved, applied, roles });
  out.say(
    `${plural(created.length, "role")} made, ${plural(moved, "thing")} given to ${moved === 1 ? "its" : "their"} owner, ` +
      `${plural(applied.length, "migration")} applied.`,
  );
  const rows = roles.map(({ use, address }) => [use, address]);
  out.table(["for", "address"], rows);
  out.say(
    "A password shown here is shown once; *** is the one that was given or was there. Restart the processes with these addresses.",
  );
  return exitCodes.ok;
}

function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString("hex");
}

const FEW_SHARE = 0.1;

const databaseConnections: Command = {
  name: "database connections",
  summary:
    "shows who holds the database server's connections and how many more it gives; exits 1 when fewer than a tenth of them are left",
  async run({ addresses, out }) {
    const { room, held } = await lookAtConnections(addresses.database());
    const { max = 0, reserved = 0, used = 0, limit = "" } = room ?? {};
    const left = max - reserved - used;
    out.document({ limit, max, reserved, used, left, held });
    const rows = held.map(({ role, database, name, connections, working }) => [
      role,
      database,
      name,
      connections,
      working,
    ]);
    out.table(["role", "database", "process", "connections", "at work"], rows);
    out.say(`${used} of ${limit} (${max}) are taken and ${reserved} kept for administrators: ${left} are left.`);
    return left < max * FEW_SHARE ? exitCodes.found : exitCodes.ok;
  },
};

export const databaseCommands: readonly Command[] = [databaseSecure, databaseConnections];

// Every fault, in the order in which the seeds take them.
import type { Fault } from "../fault.ts";
import type { Backend } from "../world/servers.ts";
import { crashes } from "./crashes.ts";
import { fileFaults } from "./files.ts";
import { flushFaults } from "./flush.ts";
import { forgottenNetworks, networks, resetNetworks } from "./networks.ts";
import { poisonFaults } from "./poison.ts";
import { poolerFaults } from "./pooler.ts";
import { postgresFaults } from "./postgres.ts";
import { redisFaults } from "./redis.ts";
import { shopFaults } from "./shops.ts";
import { moves, takeovers } from "./takeovers.ts";
import { versionFaults } from "./versions.ts";

const all: readonly Fault[] = [
  ...crashes,
  ...redisFaults,
  ...postgresFaults,
  ...networks,
  ...fileFaults,
  ...flushFaults,
  ...poisonFaults,
];

/** Only by name: a fault that came into the list would give every later seed another schedule than its report tells of. */
const byName: readonly Fault[] = [
  ...forgottenNetworks,
  ...resetNetworks,
  ...shopFaults,
  ...takeovers,
  ...moves,
  ...versionFaults,
];

/** The faults that make sense with this queue and, when `pooled`, a pooler before the database, or those of them that were named. Throws on a name that is none. */
export function faultsFor(backend: Backend, only: readonly string[] = [], { pooled = false } = {}): Fault[] {
  const everywhere = pooled ? [...poolerFaults, ...all] : all;
  const known = [...everywhere, ...byName];
  const unknown = only.filter((name) => !known.some((fault) => fault.name === name));
  if (unknown.length > 0)
    throw new Error(`there is no fault ${unknown.join(", ")}; there are ${known.map(({ name }) => name).join(", ")}`);
  const isGroup = backend === "cluster" || backend === "sentinel";
  const usual = isGroup ? [...takeovers, ...everywhere, ...moves] : everywhere;
  const asked = only.length === 0 ? usual : known.filter(({ name }) => only.includes(name));
  const fits = (fault: Fault) => fault.backend === undefined || [fault.backend].flat().includes(backend);
  // Servers that tell their own addresses are reached past the networks of this suite.
  return asked.filter(
    (fault) => fits(fault) && !(isGroup && fault.throughQueueNetwork === true) && !(pooled && fault.bySession === true),
  );
}

// Which work this process takes: all of it, or what its arguments name (--only events,resets). Each kind must be taken by some process.
import { ConfigError } from "@inventory-sync/runtime";

const roles = ["events", "resets", "channels", "upkeep"] as const;
/** What sales, counts, telling the channels, and the rounds every few seconds (schedule, alarms, history) are called. */
export type Role = (typeof roles)[number];

const usage = `worker takes --only with some of ${roles.join(", ")}, separated by commas; without it, it takes all`;

/** Reads the arguments of the process. @throws ConfigError naming what is wrong and what is allowed */
export function rolesOf(all: readonly string[]): ReadonlySet<Role> {
  // By that one `npm start` finds a process of an earlier start again; the process takes no notice.
  const args = all.filter((arg) => !arg.startsWith("--data-dir="));
  if (args.length === 0) return new Set(roles);
  const [first = "", second, ...rest] = args;
  const given = first.startsWith("--only=") ? first.slice("--only=".length) : first === "--only" ? second : undefined;
  const extra = first === "--only" ? rest : args.slice(1);
  if (given === undefined || extra.length > 0) throw new ConfigError([`${args.join(" ")}: ${usage}`]);
  const wanted = given.split(",").map((each) => each.trim());
  const unknown = wanted.filter((each) => !(roles as readonly string[]).includes(each));
  if (unknown.length > 0) throw new ConfigError([`--only ${given}: "${unknown[0]}" is none; ${usage}`]);
  return new Set(wanted as Role[]);
}

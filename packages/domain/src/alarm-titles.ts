// What alarms are called in a line, one or many of a kind at once: on the board and at the command line.

import { jobsOfAlarm } from "./alarm-ends.ts";
import type { AlarmCause, AlarmKind } from "./alarms.ts";
import { jobCause } from "./job-causes.ts";
import { own } from "./values.ts";
import { plural, quantityText } from "./words.ts";

export type Titled = Pick<AlarmCause, "kind" | "key"> & {
  readonly facilityId: string | null;
  readonly file: string | null;
  readonly size: number | null;
};

interface Words {
  readonly one: (alarm: Titled) => string;
  readonly many: (count: number) => string;
}

const words = {
  "snapshot-late": {
    one: ({ key }) =>
      key.includes(":") ? `The count of ${key.slice(key.indexOf(":") + 1)} is late` : "The count is late",
    many: (count) => `${plural(count, "count")} late`,
  },
  "queue-replicas": {
    one: () => "Too few replicas of the queue",
    many: () => "Too few replicas of the queue",
  },
  "read-replica": {
    one: () => "The replica cannot be read from",
    many: () => "The replica cannot be read from",
  },
  "file-refused": {
    one: ({ file, size }) =>
      size === null || size === undefined
        ? `File refused: ${file}`
        : `${plural(size, "file was", "files were")} refused: ${file} and others`,
    many: (count) => `${plural(count, "file was", "files were")} refused`,
  },
  "reset-failed": {
    one: ({ file }) => `Reset failed: ${file}`,
    many: (count) => `${plural(count, "reset")} failed`,
  },
  "file-not-put-away": {
    one: ({ file }) => `File or its rejected rows not put away: ${file}`,
    many: (count) => `${plural(count, "file")} or their rejected rows were not put away`,
  },
  "facility-held": {
    one: ({ facilityId }) => `Store held: ${facilityId}`,
    many: (count) => `${plural(count, "store is", "stores are")} held`,
  },
  "facility-missing": {
    one: ({ facilityId }) => `Store missing: ${facilityId}`,
    many: (count) => `${plural(count, "store is", "stores are")} missing`,
  },
  "facility-silent": {
    one: ({ facilityId }) => `Store silent: ${facilityId}`,
    many: (count) => `${plural(count, "store is", "stores are")} silent`,
  },
  "names-apart": {
    one: (alarm) => `Names of ${aboutOf(alarm)} that may be one${sizeOf(alarm)}`,
    many: () => "Names of stores and products that may be one",
  },
  "clock-wrong": {
    one: ({ facilityId }) => `Clock wrong: ${facilityId}`,
    many: (count) => `${plural(count, "store has", "stores have")} a wrong clock`,
  },
  "client-refused": {
    one: (alarm) => `Client refused: ${aboutOf(alarm)}`,
    many: (count) => `${plural(count, "client is", "clients are")} refused`,
  },
  "channel-failing": {
    one: (alarm) => `Channel takes nothing: ${aboutOf(alarm)}`,
    many: (count) => `${plural(count, "channel takes", "channels take")} nothing`,
  },
  "channel-behind": {
    one: (alarm) => `Channel is behind: ${aboutOf(alarm)}`,
    many: (count) => `${plural(count, "channel is", "channels are")} behind`,
  },
  "channel-drift": {
    one: (alarm) => `Changed by others in channel ${aboutOf(alarm)}${sizeOf(alarm)}`,
    many: (count) => `In ${plural(count, "channel")} others changed levels`,
  },
  "channel-problems": {
    one: (alarm) => `Set aside by channel ${aboutOf(alarm)}${sizeOf(alarm)}`,
    many: (count) => `${plural(count, "channel has", "channels have")} set levels aside`,
  },
  "channel-version": {
    one: (alarm) => `Another API version answers channel ${aboutOf(alarm)}`,
    many: (count) => `${plural(count, "channel is", "channels are")} answered by another API version`,
  },
  "channels-file": {
    one: () => "The file of channels has a fault",
    many: () => "The file of channels has a fault",
  },
  "poison-job": {
    one: (alarm) => `Jobs under which workers die: ${aboutOf(alarm)}${sizeOf(alarm)}`,
    many: (count) => `Jobs under which workers die: ${plural(count, "queue")}`,
  },
  "jobs-failed": {
    one: jobsTitle,
    many: (count) => `Failed jobs: ${plural(count, "cause")}`,
  },
} satisfies Readonly<Record<AlarmKind, Words>>;

/** A kind that only a newer worker knows is called by its name. */
function wordsOf(kind: AlarmKind): Words {
  return (
    own<Words>(words, kind) ?? {
      one: ({ key }) => key,
      many: (count) => plural(count, `alarm ${kind}`, `alarms ${kind}`),
    }
  );
}

/** "Store held: S003", "Sales with unknown products (90)" */
export function alarmTitle(alarm: Titled): string {
  return wordsOf(alarm.kind).one(alarm);
}

/** Many of one kind: "35 stores are missing", "Failed jobs: 4 causes" */
export function alarmsTitle(kind: AlarmKind, count: number): string {
  return wordsOf(kind).many(count);
}

function jobsTitle(alarm: Titled): string {
  const jobs = jobsOfAlarm(alarm.key);
  return `${jobs ? jobCause(jobs.queue, jobs.cause).title : aboutOf(alarm)}${sizeOf(alarm)}`;
}

function aboutOf({ key }: Titled): string {
  return key.split(":").slice(1).join(":");
}

function sizeOf({ size }: Titled): string {
  return size === null ? "" : ` (${quantityText(size)})`;
}

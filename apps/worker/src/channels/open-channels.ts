// The channels of CHANNELS_FILE, each with its open target. The file is read again when it changes; while it has a fault the last good one
// stays in force.
import { createHash } from "node:crypto";
import {
  beginChannelRun,
  type ChannelAbility,
  type Database,
  keepAbilities,
  keepChannels,
  keepClosed,
  keepFileFault,
  type Lane,
  listChannels,
} from "@inventory-sync/db";
import { type ChannelSettings, channelSettings, channelsFile, facilitiesOf, messageOf } from "@inventory-sync/domain";
import { type Logger, shapeFaults, type WatchedFile, watchJsonFile } from "@inventory-sync/runtime";
import { z } from "zod";
import { adobeCommerce } from "./adobe-commerce/adobe-commerce.ts";
import { hotwax } from "./hotwax/hotwax.ts";
import { shopify } from "./shopify/shopify.ts";
import type { SpareTime } from "./spare-time.ts";
import type { ChannelReading, Target, Tells } from "./target.ts";
import { webhook } from "./webhook/webhook.ts";
import { woocommerce } from "./woocommerce/woocommerce.ts";

/** Runs `work`, which resolves with why it failed, in a span of each trace that is given, as traceparent has it. */
type Follow = (name: string, from: readonly string[], work: () => Promise<string | undefined>) => Promise<void>;

export interface LaneParts {
  readonly database: Database;
  readonly log: Logger;
  readonly spare: SpareTime;
  /** Runs a telling in the traces that lead to it; undefined unless the process is traced. */
  readonly follow?: Follow | undefined;
  /** Ends the work between two calls, and a call under way. */
  readonly stopping: AbortSignal;
}

export interface OpenChannel {
  readonly settings: ChannelSettings;
  readonly tells: Tells;
  readonly target: Target;
  /** channel.id */
  readonly id: number;
}

/** A channel that one job works on. */
export type WorkedChannel = OpenChannel & {
  readonly lane: Lane;
  /** Whether it is certain that no other worker has it. */
  isHeld(): boolean;
};

/** Nothing is sent to a channel of this kind: it asks. */
const FEED = "feed";

/** A kind takes no settings but its own, or a name with a fault in it would change nothing and say nothing. */
const feedSettings = channelSettings.extend({ kind: z.literal(FEED) }).strict();

/** Every kind that is told. A new one is a folder here and a name in this list; docs/channels/adding-one.md says how. */
const kinds = new Map([adobeCommerce, hotwax, shopify, webhook, woocommerce].map((kind) => [kind.name, kind]));

/** Opens the file. Where it never existed there are no channels; when it goes away they stay as they were. */
export function openChannels(file: string, parts: { readonly database: Database; readonly log: Logger }) {
  const { database, log } = parts;
  const open = new Map<string, OpenChannel>();
  let wanted: readonly ChannelSettings[] | undefined;
  let isKept = false;
  let refreshing: Promise<void> | undefined;
  /** Why those that should be open are not. */
  const closed = new Map<string, string>();
  /** What is on record as wrong with the file: at first nobody knows. */
  let faultKept: string | null | undefined;
  let fileFault: string | null = null;
  const watched: WatchedFile<{ channels: ChannelSettings[] }> = watchJsonFile(file, {
    schema: checkedFile,
    whenMissing: "there are no channels",
    onRead: ({ channels }) => {
      fileFault = null;
      wanted = channels;
      isKept = false;
    },
    onFault: (fault, before) => {
      if (before === undefined && fault.includes("does not exist")) return;
      fileFault = fault;
      log.warn(`${fault}. The channels stay as they were`);
    },
  });
  const closeAll = async () => {
    await Promise.all([...open.values()].map(({ target }) => target.close()));
    open.clear();
  };
  /** Opens one that is not open. One whose secret cannot be read keeps no other from being told; it is tried again with each refresh. */
  const openOne = async (settings: ChannelSettings, id: number | undefined): Promise<void> => {
    const reading = readingOf(settings);
    if (id === undefined || !reading || "faults" in reading || settings.mode === "off") return;
    let target: Target;
    try {
      target = reading.open({ log });
    } catch (error) {
      const why = messageOf(error);
      await keepClosed(database.pool, id, why);
      if (closed.get(settings.name) !== why)
        log.warn({ channel: settings.name }, `the channel is told nothing until that is mended: ${why}`);
      closed.set(settings.name, why);
      return;
    }
    open.set(settings.name, { settings, target, id, tells: kinds.get(settings.kind)?.tells ?? {} });
    if (closed.delete(settings.name)) log.info({ channel: settings.name }, "the channel is open now");
    await keepClosed(database.pool, id, null);
    await keepAbilities(database.pool, id, abilitiesOf(target, settings));
  };
  const idsByName = async () => new Map((await listChannels(database.pool)).map(({ name, id }) => [name, id]));
  const refresh = async (): Promise<void> => {
    const fault = fileFault;
    if (fault !== faultKept) await keepFileFault(database.pool, fault);
    faultKept = fault;
    if (wanted === undefined || (isKept && closed.size === 0)) return;
    const channels = wanted;
    const isNew = !isKept;
    if (isNew) {
      await keep(database, channels);
      await closeAll();
      closed.clear();
    }
    const ids = await idsByName();
    for (const settings of channels)
      if (isNew || closed.has(settings.name)) await openOne(settings, ids.get(settings.name));
    isKept = wanted === channels;
    if (isNew) log.info({ channels: [...open.keys()] }, "channels are open");
  };
  return {
    /** By name; without those of which nothing is sent. */
    get: (name: string) => open.get(name),
    /** Whether the file has any, those that ask by themselves included. */
    isAny: () => wanted !== undefined && wanted.length > 0,
    /** Makes what is open and on record agree with the file, if it has changed since the last time. */
    refresh: (): Promise<void> => {
      refreshing ??= refresh().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
    close: async (): Promise<void> => {
      watched.close();
      await closeAll();
    },
  };
}

/** The shape that all kinds share, then each channel by its own kind; and no two of one kind at one place. */
const checkedFile = channelsFile.superRefine(({ channels }, context) => {
  const places = new Map<string, string>();
  for (const [index, settings] of channels.entries()) {
    const path = ["channels", index];
    const reading = settings.kind === FEED ? feedReading(settings) : readingOf(settings);
    if (reading === undefined) {
      const message = `must be one of ${[...kinds.keys(), FEED].join(", ")}`;
      context.addIssue({ code: "custom", path: [...path, "kind"], message });
    } else if ("faults" in reading) {
      for (const fault of reading.faults)
        context.addIssue({ code: "custom", path: [...path, ...fault.path], message: fault.detail });
    } else {
      const other = places.get(reading.place);
      const message = `tells the same place as ${other}: two would overwrite each other`;
      if (other !== undefined) context.addIssue({ code: "custom", path, message });
      places.set(reading.place, settings.name);
    }
  }
});

/** A feed tells no place that another one could tell. */
function feedReading(settings: ChannelSettings): { faults: ReturnType<typeof shapeFaults> } | { place: string } {
  const read = feedSettings.safeParse(settings);
  return read.success ? { place: `${FEED} ${settings.name}` } : { faults: shapeFaults(read.error, settings) };
}

function abilitiesOf(target: Target, { compareEachDayPct }: ChannelSettings) {
  const abilities: ChannelAbility[] = [];
  if (target.items) abilities.push("items");
  if (target.held) abilities.push("held");
  if (target.resetLevels) abilities.push("reset");
  return { abilities, isCompared: target.held !== undefined && compareEachDayPct > 0 };
}

function readingOf(settings: ChannelSettings): ChannelReading | undefined {
  return kinds.get(settings.kind)?.read(settings);
}

async function keep({ pool }: Database, channels: readonly ChannelSettings[]): Promise<void> {
  const kept = channels.map((settings) => {
    const { name, kind, mode, facilities, products, safetyStock } = settings;
    const place = placeTold(settings);
    return { name, kind, mode, scope: scopeOf(settings), place, settings: { facilities, products, safetyStock } };
  });
  const byName = new Map(channels.map((settings) => [settings.name, settings]));
  for (const { id, name } of await keepChannels(pool, kept)) {
    const settings = byName.get(name);
    if (settings === undefined || settings.kind === FEED) continue;
    const wanted = { channel: id, kind: "resync", facility: null, facilities: facilitiesOf(settings) } as const;
    await beginChannelRun(pool, { ...wanted, startedBy: "the channel's settings" });
  }
}

/** Another text whenever other levels are told, other numbers, or in another place. */
function scopeOf(settings: ChannelSettings): string {
  const { facilities, products, safetyStock, kind } = settings;
  const place = placeTold(settings) ?? null;
  return createHash("sha256").update(JSON.stringify({ facilities, products, safetyStock, kind, place })).digest("hex");
}

/** A thing that is known by another field is another thing: what was told to the one before says nothing of it, nor does its map. */
function placeTold(settings: ChannelSettings): string | undefined {
  const reading = readingOf(settings);
  if (!reading || "faults" in reading) return undefined;
  return reading.knownBy === undefined ? reading.place : `${reading.place} by ${reading.knownBy}`;
}

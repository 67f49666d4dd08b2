// A kind of channel held by itself: its target opened over a simulated shop, told levels as the lane tells them.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLog } from "@inventory-sync/runtime";
import { freshFolder } from "../../../tests/support/index.ts";
import {
  type ChannelKind,
  type FailedFate,
  type LevelToTell,
  type Target,
  TargetFailure,
  type TargetItem,
  type ToldFate,
} from "../src/channels/target.ts";

const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });

/** What no test stops. */
export const stopping = new AbortController().signal;

/** A secret in a file, as settings refer to it. */
export async function secretFile(value: string): Promise<{ file: string }> {
  const file = join(await freshFolder("secret"), "secret");
  await writeFile(file, `${value}\n`);
  return { file };
}

/** Reads settings as an entry of CHANNELS_FILE: the faults in words, or where it tells. */
export function readKind(kind: ChannelKind, settings: Record<string, unknown>) {
  return kind.read({
    name: "shop",
    mode: "live",
    facilities: "*",
    products: { idType: "SKU" },
    kind: kind.name,
    ...settings,
  } as never);
}

/** Opens a target. @throws Error with the faults of the settings */
export function openKind(kind: ChannelKind, settings: Record<string, unknown>): Target {
  const reading = readKind(kind, settings);
  if ("faults" in reading) throw new Error(JSON.stringify(reading.faults));
  return reading.open({ log });
}

/** A level to be told: `onHand`, and the whole units of it as `available`. */
export function levelOf(idValue: string, onHand: number, more: Partial<LevelToTell> = {}): LevelToTell {
  return {
    ...{ facilityId: "S1", idType: "SKU", idValue, onHand, available: Math.max(0, Math.floor(onHand)), asOf: null },
    ...{
      updatedAt: "2026-11-28T09:00:00.000Z",
      sequence: 1,
      place: "S1",
      target: null,
      told: null,
      mayOverwrite: false,
    },
    ...more,
  };
}

/** Tells levels as the lane does: in calls of the target's size, and in halves where a call is refused. Throws what the lane would keep as a failure. */
export async function tellAll(target: Target, levels: readonly LevelToTell[]): Promise<(ToldFate | FailedFate)[]> {
  const fates: (ToldFate | FailedFate)[] = [];
  const { batchMax } = target;
  for (let at = 0; at < levels.length; at += batchMax)
    fates.push(...(await inHalves(target, levels.slice(at, at + batchMax))));
  return fates;
}

async function inHalves(target: Target, levels: readonly LevelToTell[]): Promise<readonly (ToldFate | FailedFate)[]> {
  try {
    return await target.tell(levels, stopping);
  } catch (error) {
    if (!(error instanceof TargetFailure) || error.kind !== "refused") throw error;
    if (levels.length === 1) return [{ fate: "set-aside", code: "REFUSED", message: error.message }];
    const middle = Math.ceil(levels.length / 2);
    return [...(await inHalves(target, levels.slice(0, middle))), ...(await inHalves(target, levels.slice(middle)))];
  }
}

/** A fate in short: "confirmed", or the code that it was set aside with. */
export function inShort(fate: ToldFate | FailedFate | undefined): string | undefined {
  return fate?.fate === "set-aside" ? fate.code : fate?.fate;
}

/** The whole map of a target. */
export async function allItems(target: Target): Promise<TargetItem[]> {
  const items: TargetItem[] = [];
  let next: string | null = null;
  do {
    const page: { items: readonly TargetItem[]; next: string | null } | undefined = await target.items?.(
      next,
      stopping,
    );
    items.push(...(page?.items ?? []));
    next = page?.next ?? null;
  } while (next !== null);
  return items;
}

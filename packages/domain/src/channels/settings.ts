// CHANNELS_FILE: the channels that are told levels. Here is what all kinds have in common; what a kind needs besides stands with the kind, in
// the worker.
import { z } from "zod";
import { outsideId } from "../ids.ts";

const NAME_CHARACTERS_MAX = 60;
const CHANNELS_MAX = 100;
const SAFETY_MAX = 1_000_000;

/** A secret is never in the file itself: it says where it is. */
export const secretReference = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  { error: 'must say where the secret is: {"env": "NAME"} or {"file": "/path"}' },
);

const units = z.number().int().min(0).max(SAFETY_MAX);

const safetyStock = z
  .strictObject({
    default: units.default(0),
    facilities: z.record(z.string(), units).default({}),
    products: z.record(z.string(), units).default({}),
  })
  .prefault({});

/** The settings that a channel of any kind has. What a kind adds is kept as it is. */
export const channelSettings = z.looseObject({
  /** What people, paths and metrics call it. */
  name: z
    .string()
    .max(NAME_CHARACTERS_MAX)
    .regex(/^[a-z0-9][a-z0-9-]*$/, "must be small letters, digits and dashes"),
  kind: z.string().min(1),
  /** live tells, shadow does everything but tell, off does nothing. */
  mode: z.enum(["live", "shadow", "off"]).default("live"),
  /** Which facilities it is told of: all, some, or some by the names that the target has for them. */
  facilities: z.union([z.literal("*"), z.array(outsideId).min(1), z.record(outsideId, z.string().min(1))], {
    error: 'must be "*", a list of facility ids, or an object from our ids to the target\'s',
  }),
  /** The type of the ids that the target knows products by. */
  products: z.strictObject({ idType: outsideId }),
  safetyStock,
  /** Of the levels so many are compared with the target each day, where it can be asked: in percent, spread over the day. */
  compareEachDayPct: z.number().int().min(0).max(100).default(100),
});
export type ChannelSettings = z.output<typeof channelSettings>;

export const channelsFile = z.strictObject({
  channels: z
    .array(channelSettings)
    .max(CHANNELS_MAX)
    .superRefine((channels, context) => {
      const names = new Set<string>();
      for (const [index, { name }] of channels.entries()) {
        if (names.has(name))
          context.addIssue({ code: "custom", path: [index, "name"], message: `${name} is used twice` });
        names.add(name);
      }
    }),
});

/** The outside ids of the facilities that a channel is told of; null for all. */
export function facilitiesOf({ facilities }: Pick<ChannelSettings, "facilities">): string[] | null {
  if (facilities === "*") return null;
  return Array.isArray(facilities) ? facilities : Object.keys(facilities);
}

/** What the target calls a facility: our own id unless the settings name another. */
export function placeOf({ facilities }: Pick<ChannelSettings, "facilities">, facilityId: string): string {
  if (facilities === "*" || Array.isArray(facilities)) return facilityId;
  return facilities[facilityId] ?? facilityId;
}

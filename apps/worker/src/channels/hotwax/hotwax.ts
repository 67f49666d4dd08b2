// The kind `hotwax`: HotWax Commerce is told by how much the stock of a level changed (updateInventoryByIdentification), one level a call. It
// keeps no key by which it would know a call again, so no delta is ever sent twice: a level whose answer was lost, and one that was never told,
// gets an absolute row in a reset file.
import { channelSettings, secretReference } from "@inventory-sync/domain";
import { readSecret } from "@inventory-sync/runtime";
import { z } from "zod";
import { openCalls, urlFault } from "../http/guarded-agent.ts";
import { channelKind, type Target, type TargetParts } from "../target.ts";
import { heldNumber } from "./kept.ts";
import { openResetFiles, ROWS_MAX, resetFileSettings } from "./reset-file.ts";
import { tellDeltas } from "./tell-delta.ts";

/** Read, noted and kept together; each is told by a call of its own. */
const LEVELS_MAX = 40;
const CALLS_AT_ONCE_MAX = 8;
const SERVICE = "api/service/updateInventoryByIdentification";

const reason = z.string().min(1);

const settings = channelSettings
  .extend({
    kind: z.literal("hotwax"),
    /** Where the OMS is, such as https://demo-oms.hotwax.io. */
    baseUrl: z.string(),
    token: secretReference,
    /** The location within each facility that is told; HotWax makes this one for each. */
    locationSeqId: z.string().min(1).default("TLTLTLLL01"),
    /** What HotWax is given as the reason when a number falls, and when it grows. */
    reasons: z
      .strictObject({ decrease: reason.default("POS_SALE"), increase: reason.default("VAR_FOUND") })
      .prefault({}),
    /** Where the file with absolute numbers goes. Without it a level that was never told can be told nothing. */
    resetFile: resetFileSettings.optional(),
    allowPrivateAddresses: z.boolean().default(false),
  })
  .strict()
  .superRefine(({ baseUrl, allowPrivateAddresses, facilities }, context) => {
    const fault = urlFault(baseUrl, { allowPrivate: allowPrivateAddresses });
    if (fault !== undefined) context.addIssue({ code: "custom", path: ["baseUrl"], message: fault });
    if (facilities === "*" || Array.isArray(facilities)) return;
    const ours = new Map<string, string>();
    for (const [facilityId, place] of Object.entries(facilities)) {
      const other = ours.get(place);
      const message = `is HotWax's ${place}, as ${other} is: they would overwrite each other`;
      if (other !== undefined) context.addIssue({ code: "custom", path: ["facilities", facilityId], message });
      ours.set(place, facilityId);
    }
  });

type HotwaxSettings = z.output<typeof settings>;

export const hotwax = channelKind({
  name: "hotwax",
  settings,
  tells: { isDelta: true, numberOf: heldNumber },
  placeOf: ({ baseUrl, locationSeqId }) => `${serviceUrl(baseUrl)} ${locationSeqId}`,
  open: openHotwax,
});

function openHotwax(
  { name, baseUrl, token, locationSeqId, reasons, resetFile, allowPrivateAddresses }: HotwaxSettings,
  { log }: TargetParts,
): Target {
  const calls = openCalls({ allowPrivate: allowPrivateAddresses, atOnceMax: CALLS_AT_ONCE_MAX });
  let tokenNow = readSecret(token);
  const oms = {
    ...{ calls, url: serviceUrl(baseUrl), locationSeqId, reasons },
    token: () => tokenNow,
    // Tokens expire; one in a file may have been renewed there.
    renewToken: () => {
      try {
        tokenNow = readSecret(token);
      } catch (error) {
        log.warn({ channel: name, err: error }, "the token could not be read anew");
      }
    },
  };
  const resetLevels = resetFile && openResetFiles({ name, locationSeqId, resetFile, log });
  return {
    batchMax: LEVELS_MAX,
    callsAtOnceMax: 1,
    tell: (levels, stopping) => tellDeltas(oms, levels, { stopping, atOnceMax: CALLS_AT_ONCE_MAX }),
    ...(resetLevels && { resetLevels, batchMaxOfReset: ROWS_MAX }),
    close: () => calls.close(),
  };
}

function serviceUrl(baseUrl: string): string {
  return `${baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`}${SERVICE}`;
}

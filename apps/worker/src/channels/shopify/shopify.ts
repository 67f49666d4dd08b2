// The kind `shopify`: what is on hand of each item at each location of one shop, set by its Admin GraphQL API. Shopify takes web orders out of
// what is available by itself; on hand is the number that a count knows.
import { channelSettings, secretReference } from "@inventory-sync/domain";
import { readSecret } from "@inventory-sync/runtime";
import { z } from "zod";
import { openCalls, urlFault } from "../http/guarded-agent.ts";
import { channelKind, type Target, type TargetParts } from "../target.ts";
import type { Credentials } from "./access.ts";
import { openAdminApi } from "./admin-api.ts";
import { locationId, noLocation, readHeld, readItems } from "./read-shop.ts";
import { openTeller } from "./tell-levels.ts";

/** Shopify's own limit. */
const LEVELS_MAX = 250;
const CALLS_AT_ONCE_MAX = 4;
/** Before it there are no idempotency keys. */
const VERSION_MIN = "2026-01";
const VERSION_USUAL = "2026-07";

const settings = channelSettings
  .extend({
    kind: z.literal("shopify"),
    shop: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,60}(?:\.myshopify\.com)?$/, "must be a shop, such as my-shop.myshopify.com"),
    apiVersion: z
      .string()
      .regex(/^20\d\d-(?:01|04|07|10)$/, "must be a version, such as 2026-07")
      .refine(
        (version) => version >= VERSION_MIN,
        `must be ${VERSION_MIN} or newer: there are no idempotency keys before`,
      )
      .default(VERSION_USUAL),
    clientId: z.union([z.string().min(1), secretReference]).optional(),
    clientSecret: secretReference.optional(),
    accessToken: secretReference.optional(),
    /** The field of Shopify's variants that holds the ids of products.idType. */
    match: z.enum(["sku", "barcode"]).default("sku"),
    baseUrl: z.string().optional(),
    allowPrivateAddresses: z.boolean().default(false),
  })
  .strict()
  .superRefine((given, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    const { facilities, baseUrl, clientId, clientSecret, accessToken } = given;
    if (facilities === "*" || Array.isArray(facilities))
      fault(["facilities"], "must be an object from our facility ids to Shopify's location ids");
    else
      for (const [facility, place] of Object.entries(facilities))
        if (locationId(place) === undefined) fault(["facilities", facility], noLocation(place));
    const urlWrong =
      baseUrl === undefined ? undefined : urlFault(baseUrl, { allowPrivate: given.allowPrivateAddresses });
    if (urlWrong !== undefined) fault(["baseUrl"], urlWrong);
    const isGrant = clientId !== undefined && clientSecret !== undefined;
    if (isGrant === (accessToken !== undefined) || (clientId === undefined) !== (clientSecret === undefined))
      fault(["accessToken"], "must be given, or clientId and clientSecret, and not both");
  });

type ShopifySettings = z.output<typeof settings>;

export const shopify = channelKind({
  name: "shopify",
  settings,
  tells: { numberOf: ({ available }) => available },
  placeOf: baseUrlOf,
  knownBy: ({ match }) => match,
  open,
});

function baseUrlOf({ shop, baseUrl }: ShopifySettings): string {
  return baseUrl?.replace(/\/$/, "") ?? `https://${shop.replace(".myshopify.com", "")}.myshopify.com`;
}

function open(given: ShopifySettings, { log }: TargetParts): Target {
  const calls = openCalls({ allowPrivate: given.allowPrivateAddresses, atOnceMax: CALLS_AT_ONCE_MAX });
  const { name: channel, apiVersion, match } = given;
  const api = openAdminApi({
    ...{ channel, apiVersion, calls, log },
    baseUrl: baseUrlOf(given),
    credentials: credentialsOf(given),
  });
  return {
    batchMax: LEVELS_MAX,
    callsAtOnceMax: CALLS_AT_ONCE_MAX,
    tell: openTeller(api),
    items: (after, stopping) => readItems(api, { match, after, stopping }),
    held: (levels, stopping) => readHeld(api, levels, stopping),
    otherVersion: () => api.otherVersion(),
    close: () => calls.close(),
  };
}

/** @throws Error in words when a secret cannot be read */
function credentialsOf({ clientId, clientSecret, accessToken }: ShopifySettings): Credentials {
  if (accessToken) return { accessToken: readSecret(accessToken) };
  if (clientId === undefined || clientSecret === undefined) throw new Error("a Shopify channel needs credentials");
  return {
    clientId: typeof clientId === "string" ? clientId : readSecret(clientId),
    clientSecret: readSecret(clientSecret),
  };
}

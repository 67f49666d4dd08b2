// The kind `woocommerce`: stock_quantity of products and variations by the REST API v3
// (https://woocommerce.github.io/woocommerce-rest-api-docs; what a batch does is read from
// https://github.com/woocommerce/woocommerce, includes/rest-api/Controllers/Version3). A shop has one number for a product, so it is told
// the sum of the channel's facilities.
import { channelSettings, secretReference } from "@inventory-sync/domain";
import { notedSecret, readSecret } from "@inventory-sync/runtime";
import { z } from "zod";
import { callSize } from "../http/call-size.ts";
import { apiSettings, checkBaseUrl, openJsonApi, plainBase } from "../http/json-api.ts";
import { channelKind, type Target } from "../target.ts";
import { held, items } from "./read-shop.ts";
import { CALLS_AT_ONCE_MAX, PER_CALL_MAX, type Shop } from "./shop.ts";
import { tell } from "./tell.ts";

const settings = channelSettings
  .extend({
    kind: z.literal("woocommerce"),
    ...apiSettings,
    /** Consumer key and consumer secret, with the right to read and write. */
    key: secretReference,
    secret: secretReference,
    match: z.literal("sku").default("sku"),
    /** Levels in one call, for a shop that is slow. */
    batchSize: z.number().int().min(1).max(PER_CALL_MAX).default(PER_CALL_MAX),
  })
  .strict()
  .superRefine(checkBaseUrl);

export const woocommerce = channelKind({
  name: "woocommerce",
  settings,
  tells: { isSum: true, lowersItself: true, numberOf: ({ available }) => available },
  placeOf: ({ baseUrl }) => plainBase(baseUrl),
  open: openWooCommerce,
});

function openWooCommerce({ key, secret, batchSize, ...where }: z.output<typeof settings>): Target {
  const login = notedSecret(Buffer.from(`${readSecret(key)}:${readSecret(secret)}`).toString("base64"));
  const api = openJsonApi(where, { authorization: `Basic ${login}`, atOnceMax: CALLS_AT_ONCE_MAX });
  const shop: Shop = { api, size: callSize(batchSize), statusIsItsOwn: false };
  return {
    get batchMax() {
      return shop.size.now;
    },
    // A batch goes in as many calls as it has parents; those are made at once.
    callsAtOnceMax: 1,
    tell: (levels, stopping) => tell(shop, levels, stopping),
    items: (after, stopping) => items(shop, after, stopping),
    held: (levels, stopping) => held(shop, levels, stopping),
    close: () => api.close(),
  };
}

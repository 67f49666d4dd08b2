// The kind `adobe-commerce`: the source items of Adobe Commerce and Magento Open Source, one for each product and source
// (https://github.com/magento/inventory: InventoryApi/etc/webapi.xml, Inventory/Model/SourceItem). A facility is a source, and what is told is
// what is on hand there: what customers have ordered is kept apart from it, as reservations.
import { channelSettings, secretReference } from "@inventory-sync/domain";
import { readSecret } from "@inventory-sync/runtime";
import { z } from "zod";
import { callSize } from "../http/call-size.ts";
import { apiSettings, checkBaseUrl, openJsonApi, plainBase } from "../http/json-api.ts";
import { channelKind, type Target } from "../target.ts";
import type { Shop } from "./api.ts";
import { held, items, quantityOf, tell } from "./source-items.ts";

const BATCH_MAX = 1_000;
const BATCH = 100;
/** Of products and source items that are read; the limit of a shop that limits them. */
const PAGE_MAX = 300;

const settings = channelSettings
  .extend({
    kind: z.literal("adobe-commerce"),
    ...apiSettings,
    /** The access token of an integration. */
    token: secretReference,
    /** Levels in one call. */
    batchSize: z.number().int().min(1).max(BATCH_MAX).default(BATCH),
  })
  .strict()
  .superRefine((given, context) => {
    checkBaseUrl(given, context);
    const fault = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { facilities, safetyStock } = given;
    const sources = facilities === "*" || Array.isArray(facilities) ? [] : Object.values(facilities);
    if (new Set(sources).size < sources.length)
      fault("facilities", "must name another source for each facility: two would overwrite each other");
    const kept = [
      safetyStock.default,
      ...Object.values(safetyStock.facilities),
      ...Object.values(safetyStock.products),
    ];
    if (kept.some((units) => units > 0))
      fault("safetyStock", "must be left out: what is on hand is told. Set the Out-of-Stock Threshold in the shop");
  });

export const adobeCommerce = channelKind({
  name: "adobe-commerce",
  settings,
  tells: { lowersItself: true, numberOf: quantityOf },
  placeOf: ({ baseUrl }) => plainBase(baseUrl),
  open: openAdobeCommerce,
});

function openAdobeCommerce({ token, batchSize, ...where }: z.output<typeof settings>): Target {
  // One call at a time: saves of the same rows wait for each other's locks, and one of two that meet is refused.
  const callsAtOnceMax = 1;
  const api = openJsonApi(where, { authorization: `Bearer ${readSecret(token)}`, atOnceMax: callsAtOnceMax });
  const shop: Shop = { api, size: callSize(batchSize), pageMax: PAGE_MAX };
  return {
    get batchMax() {
      return shop.size.now;
    },
    callsAtOnceMax,
    tell: (levels, stopping) => tell(shop, levels, stopping),
    items: (after, stopping) => items(shop, after, stopping),
    held: (levels, stopping) => held(shop, levels, stopping),
    close: () => api.close(),
  };
}

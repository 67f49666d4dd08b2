// Every kind of channel that there is. A new one is a folder here and a line in this list; docs/channels/adding-one.md says how.
import { adobeCommerce } from "./adobe-commerce/adobe-commerce.ts";
import { hotwax } from "./hotwax/hotwax.ts";
import { shopify } from "./shopify/shopify.ts";
import type { ChannelKind } from "./target.ts";
import { webhook } from "./webhook/webhook.ts";
import { woocommerce } from "./woocommerce/woocommerce.ts";

export const channelKinds: readonly ChannelKind[] = [adobeCommerce, hotwax, shopify, webhook, woocommerce];

// Every kind of channel that there is. A new one is a folder here and a line in this list; docs/channels/adding-one.md says how.
import { shopify } from "./shopify/shopify.ts";
import type { ChannelKind } from "./target.ts";
import { webhook } from "./webhook/webhook.ts";

export const channelKinds: readonly ChannelKind[] = [shopify, webhook];

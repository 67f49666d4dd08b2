// GET /api/channel-levels: what each channel believes of a product.
import { findInChannels, productInChannels } from "@inventory-sync/operator";
import { z } from "zod";
import type { Endpoint } from "../endpoint.ts";
import { askedText } from "../ui/paging.ts";

export const getChannelLevels: Endpoint<"database"> = {
  method: "get",
  path: "/api/channel-levels",
  access: "viewer",
  summary: "What each channel was told of a product, store by store, when, and whether something newer waits",
  query: [{ name: "id", description: "An id of the product, or a part of one", schema: { type: "string" } }],
  answers: {
    200: {
      description: "The product with this id, else the closest few",
      schema: z.object({ items: z.array(productInChannels) }),
    },
  },
  async handle({ database }, request, response) {
    const text = askedText(request, "id");
    response.json({ items: text === "" ? [] : await findInChannels(database, text) });
  },
};

// Products made known one by one.
import { addedProduct, addingProduct, makeProductKnown, productToAdd } from "@inventory-sync/operator";
import { readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";

/** POST /api/products */
export const postProduct: Endpoint<"database"> = {
  method: "post",
  path: "/api/products",
  access: "operator",
  summary: "Makes a product known under its ids; where some of them reach one already, the others are added to it",
  body: productToAdd,
  audit: { what: addingProduct.what, target: (request) => addingProduct.target(readBody(request, productToAdd)) },
  answers: {
    200: { description: "It is known", schema: addedProduct },
    409: { description: "The ids belong to different products; nothing was changed" },
  },
  async handle({ database }, request, response) {
    const done = await makeProductKnown(database, readBody(request, productToAdd));
    sayOutcome(response, addingProduct.outcome(done));
    response.json(done);
  },
};

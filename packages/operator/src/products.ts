// Products as an operator makes them known one by one; many of them come with the catalogue file.
import { addProduct, type Database, type Identification, productName } from "@inventory-sync/db";
import { plural } from "@inventory-sync/domain";
import { z } from "zod";
import { productId } from "./asking.ts";
import { Refusal } from "./refusals.ts";

const NAMES_MAX = 20;

const name = z.strictObject({ idType: z.string().trim().default("SKU"), idValue: z.string().trim() });

/** A product to be made known: by an id that it has, and its other ids. */
export const productToAdd = name
  .extend({ otherIds: z.array(name).max(NAMES_MAX, `must be at most ${NAMES_MAX}`).default([]) })
  .superRefine(({ otherIds, ...first }, context) => {
    for (const [index, each] of [first, ...otherIds].entries()) {
      const fault = productName(each);
      const path = index === 0 ? ["idValue"] : ["otherIds", index - 1, "idValue"];
      if (typeof fault === "string") context.addIssue({ code: "custom", path, message: fault });
    }
  });
export type ProductToAdd = z.infer<typeof productToAdd>;

export const addedProduct = z.object({
  ...productId,
  outcome: z.enum(["added", "ids added", "unchanged"]),
  /** How many ids were added, its first among them. */
  added: z.int(),
});
export type AddedProduct = z.infer<typeof addedProduct>;

/** The words of making a product known, wherever it is offered. */
export const addingProduct = {
  what: "make a product known",
  target: ({ idType, idValue }: Pick<ProductToAdd, "idType" | "idValue">) => `product ${idType} ${idValue}`,
  outcome: ({ outcome, added }: AddedProduct) =>
    outcome === "unchanged"
      ? "known already under these ids"
      : `${plural(added, "id")} added${outcome === "added" ? " of a new product" : ""}`,
} as const;

/**
 * Makes a product known under all of its ids; where some of them reach one already, the others are added to that one.
 * @throws Refusal when they reach several products
 */
export async function makeProductKnown(
  database: Database,
  { otherIds, ...first }: ProductToAdd,
): Promise<AddedProduct> {
  const names = new Map<string, Identification>();
  for (const each of [first, ...otherIds]) {
    const kept = productName(each);
    if (typeof kept !== "string") names.set(`${kept.idType} ${kept.idValue}`, kept);
  }
  const listed = [...names.values()];
  const { isNew, added, conflict } = await addProduct(database, listed);
  if (conflict)
    throw new Refusal(
      "These ids belong to different products already, so nothing was changed. Look each of them up, and name only those of one product.",
    );
  const [{ idType, idValue } = first] = listed;
  return { idType, idValue, outcome: isNew ? "added" : added > 0 ? "ids added" : "unchanged", added };
}

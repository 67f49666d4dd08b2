// Telling a WooCommerce shop: batches of products, and one for each parent of variations. Of a batch each item has its own answer, in the
// order asked: the product as it is afterwards, or an `error`; one that is left out or reads as neither says nothing of the others. Counting is never switched on here:
// with `manage_stock` off WooCommerce takes a number and drops it, which only its answer shows.
import { z } from "zod";
import { apiFailure, bodyOf, type JsonAnswer, listOf, ODD } from "../http/json-api.ts";
import { type LevelToTell, setAside, TargetFailure, type ToldFate } from "../target.ts";
import { errorOf, type Group, groupsOf, isGone, known, pathOf, type Shop, someAtOnce, stock } from "./shop.ts";

const words = z.string().catch("");
const failed = known.extend({ error: z.looseObject({ code: words, message: words }) });
const changed = stock.extend({
  ...{ stock_status: z.string().optional(), backorders_allowed: z.boolean().optional() },
  error: z.null().optional(),
});
type Changed = z.output<typeof changed>;
/** What the shop says of one of a batch: why not, how it is now, or what is neither. */
type Answer = { readonly id: number; readonly failed?: z.output<typeof failed>["error"]; readonly changed?: Changed };
const itemAnswer: z.ZodType<Answer> = z.union([
  failed.transform(({ id, error }) => ({ id, failed: error })),
  changed.transform((each) => ({ id: each.id, changed: each })),
  known.transform(({ id }) => ({ id })),
]);
const batchAnswer = z.looseObject({ update: listOf(itemAnswer) });

const TOO_LARGE = "woocommerce_rest_request_entity_too_large";
/** What WordPress answers when the code of a plugin has died. */
const DIED = "internal_server_error";

/** Tells levels: see Target. */
export async function tell(
  shop: Shop,
  levels: readonly LevelToTell[],
  stopping: AbortSignal,
): Promise<readonly ToldFate[]> {
  const fates = new Map<LevelToTell, ToldFate>();
  await someAtOnce(groupsOf(levels), async (group) => {
    for (const [level, fate] of await tellGroup(shop, group, stopping)) fates.set(level, fate);
  });
  return levels.map(
    (level) => fates.get(level) ?? setAside("UNMAPPED_PRODUCT", `no product has the SKU ${level.idValue}`),
  );
}

async function tellGroup(shop: Shop, group: Group, stopping: AbortSignal): Promise<[LevelToTell, ToldFate][]> {
  const { path, levels } = group;
  const update = levels.map(({ id, level }) => ({ id, stock_quantity: level.available }));
  const answer = await shop.size.during(levels.length, () => shop.api.post(`${path}/batch`, { update }, stopping));
  if (isGone(errorOf(answer).code))
    return levels.map(({ level }) => [
      level,
      setAside("UNMAPPED_PRODUCT", `${level.target} is not in the shop any more`),
    ]);
  if (answer.status >= 400) throw await failureOf(shop, answer, stopping);
  const answers = bodyOf(answer, batchAnswer).update;
  const byId = new Map(answers.flatMap((each) => (each ? [[each.id, each]] : [])));
  if (!levels.some(({ id }) => byId.has(id)))
    throw new TargetFailure("refused", "the target answered for none of the products that it was told");
  await correctStatus(shop, { path, answers: update.flatMap(({ id }) => byId.get(id) ?? []) }, stopping);
  return levels.map(({ level, id }) => [level, fateOf(level, byId.get(id))]);
}

function fateOf(level: LevelToTell, answer: Answer | undefined): ToldFate {
  if (answer === undefined) return setAside("REFUSED", "the shop's answer says nothing of it");
  if (answer.failed) {
    const { code, message } = answer.failed;
    const said = message === "" ? "the shop refuses it and does not say why" : message;
    return setAside(isGone(code) ? "UNMAPPED_PRODUCT" : "REFUSED", code === "" ? said : `${said} (${code})`);
  }
  if (!answer.changed) return setAside("REFUSED", ODD);
  const { manage_stock, stock_quantity } = answer.changed;
  if (manage_stock !== true) return setAside("UNTRACKED", untracked(manage_stock));
  if (stock_quantity === level.available) return { fate: "confirmed" };
  return setAside("REFUSED", `the shop has ${stock_quantity} after it was told ${level.available}`);
}

/** In words, why a number of this product would not count. */
export function untracked(manages: boolean | string): string {
  return manages === "parent"
    ? 'stock is managed at its parent ("Manage stock" of the variation is off)'
    : '"Manage stock" of the product is off';
}

/**
 * WooCommerce sets stock_status by the number; some extensions keep it from that ("Out of stock (8)"). Then it is asked for by itself, once for
 * a batch, and not again in a shop that keeps it all the same: a threshold of its own decides there.
 */
async function correctStatus(
  shop: Shop,
  { path, answers }: { readonly path: string; readonly answers: readonly Answer[] },
  stopping: AbortSignal,
): Promise<void> {
  const wrong = answers.map(({ changed }) => changed).filter(isContradiction);
  if (wrong.length === 0 || shop.statusIsItsOwn) return;
  const update = wrong.map(({ id, stock_quantity }) => ({
    id,
    stock_status: stock_quantity > 0 ? "instock" : "outofstock",
  }));
  const after = bodyOf(await shop.api.post(`${path}/batch`, { update }, stopping), batchAnswer).update;
  if (after.some((each) => isContradiction(each?.changed))) shop.statusIsItsOwn = true;
}

function isContradiction(now: Changed | undefined): now is Changed & { stock_quantity: number } {
  if (now?.manage_stock !== true || now.stock_quantity === null) return false;
  if (now.stock_quantity > 0) return now.stock_status === "outofstock";
  return now.stock_status === "instock" && now.backorders_allowed === false;
}

/** What an answer means that refuses a whole batch. */
async function failureOf(shop: Shop, answer: JsonAnswer, stopping: AbortSignal): Promise<TargetFailure> {
  const { code, message } = errorOf(answer);
  const words = code === "" ? undefined : `${message} (${code})`;
  if (code === TOO_LARGE) {
    const [most] = /\d{1,6}/.exec(message) ?? [];
    shop.size.limitTo(Math.max(1, Number(most ?? Math.floor(shop.size.now / 2))));
  }
  // One product can make a plugin die at each try. It is looked for as long as the shop is there for others.
  if (code === DIED && (await isThere(shop, stopping)))
    return new TargetFailure("refused", apiFailure(answer, words).message);
  return apiFailure(answer, words);
}

async function isThere({ api }: Shop, stopping: AbortSignal): Promise<boolean> {
  return (await api.get(`${pathOf(undefined)}?per_page=1&_fields=id`, stopping)).status === 200;
}

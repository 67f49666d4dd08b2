// A Shopify shop's Admin GraphQL API: real validation against the part of its schema that is about stock, its error frames, its limits, its
// levels, its idempotency keys, and the faults of a network. Settings: the locations and who may ask. Nothing of it is Shopify's own code.
import { setTimeout as sleep } from "node:timers/promises";
import { GraphQLError, type GraphQLResolveInfo } from "graphql";
import { answer, type Call, serveShop, shopSettings } from "../serve.ts";
import { type ActivateArguments, type ActivatePayload, activate } from "./activate.ts";
import { answerQuery } from "./answer-query.ts";
import { openBucket, type ThrottleStatus } from "./bucket.ts";
import { befall, type Fault, internalError, openFaults } from "./faults.ts";
import { openKeys } from "./keys.ts";
import { type Version, versions } from "./schema.ts";
import { mustSayFrom, type SetInput, type SetPayload, setQuantities, type Written } from "./set-quantities.ts";
import { type GivenItem, type Item, onHandOf, openStock } from "./stock.ts";
import { openTokens } from "./tokens.ts";
import { viewsOf } from "./views.ts";
import { openWebhooks, type Subscription } from "./webhooks.ts";

const settings = shopSettings<{
  locations: number[];
  accessToken?: string;
  clientId?: string;
  clientSecret?: string;
}>();
let aheadMs = 0;
const now = () => Date.now() + aheadMs;
const stock = openStock(settings.locations, now);
const views = viewsOf(stock);
const webhooks = openWebhooks(settings.clientSecret ?? "", now);
stock.watch(webhooks.changed);
const keys = openKeys(now);
const bucket = openBucket(now);
const tokens = openTokens(settings, now);
const faults = openFaults();
const written: Written[] = [];
const seen = { calls: 0, sets: 0, activations: 0, throttled: 0, refused: 0, largest: 0, atOnce: 0, atOnceMax: 0 };
/** `servedAs`: the version that answers, whatever was asked for: as when the one asked for has ended. `setMs`: how long a set takes. */
let isBreaking = false;
let manners: { readonly servedAs?: Version; readonly setMs?: number } = {};

function rootValue(version: Version): object {
  return {
    ...views.queries,
    inventorySetQuantities: ({ input }: { input: SetInput }, _context: unknown, info: GraphQLResolveInfo) => {
      mustSayFrom(input, version, info);
      return keys.once<SetPayload>(info, {
        ...{ version, parameters: input },
        run: async () => {
          await sleep(manners.setMs ?? 0);
          mayBreak();
          seen.sets += 1;
          seen.largest = Math.max(seen.largest, input.quantities.length);
          const set = setQuantities(stock, views, { input, version, now: now() });
          written.push(...set.written);
          if (set.payload.userErrors.length > 0) seen.refused += 1;
          return set.payload;
        },
        refusal: (error, first) => ({
          inventoryAdjustmentGroup: first?.inventoryAdjustmentGroup ?? null,
          userErrors: [error],
        }),
      });
    },
    inventoryActivate: (given: ActivateArguments, _context: unknown, info: GraphQLResolveInfo) =>
      keys.once<ActivatePayload>(info, {
        ...{ version, parameters: given },
        run: async () => {
          mayBreak();
          seen.activations += 1;
          return activate(stock, views, given);
        },
        refusal: ({ message }, first) => ({
          inventoryLevel: first?.inventoryLevel ?? null,
          userErrors: [{ field: null, message }],
        }),
      }),
  };
}

/** Breaks down in the middle, once it is told to. */
function mayBreak(): void {
  if (!isBreaking) return;
  isBreaking = false;
  throw new GraphQLError(internalError.message, { extensions: internalError.extensions });
}

/** The version that answers: the one asked for, the oldest for one that has ended; undefined for one that does not exist yet. */
function servedVersion(asked: string): Version | undefined {
  if (manners.servedAs) return manners.servedAs;
  return versions.find((each) => each === asked) ?? (asked < versions[0] ? versions[0] : undefined);
}

function kindOf({ path, body }: Call): Fault["on"] {
  if (path === "/admin/oauth/access_token") return "token";
  if (body.includes("inventorySetQuantities")) return "set";
  return body.includes("inventoryActivate") ? "activate" : "read";
}

async function handle(call: Call): Promise<void> {
  const { method, path, headers, body, response } = call;
  seen.calls += 1;
  const asked = /^\/admin\/api\/([\w-]{1,20})\/graphql\.json$/.exec(path)?.[1];
  const version = asked === undefined ? undefined : servedVersion(asked);
  const isToken = path === "/admin/oauth/access_token";
  const fault = faults.take(kindOf(call));
  if (method !== "POST" || (!isToken && version === undefined)) return answer(response, 404, { errors: "Not Found" });
  if (fault?.what === "revoke") tokens.revoke();
  const token = headers["x-shopify-access-token"];
  if (!isToken && !tokens.isValid(typeof token === "string" ? token : undefined))
    return answer(response, 401, {
      errors: "[API] Invalid API key or access token (unrecognized login or wrong password)",
    });
  const send = (status: number, text: string, more: Readonly<Record<string, string>> = {}) =>
    response
      .writeHead(status, { "content-type": "application/json", "x-shopify-api-version": version ?? "", ...more })
      .end(text);
  const act = async () => {
    if (version === undefined) return JSON.stringify(tokens.grant(body).body);
    return JSON.stringify(await answerOne(body, version));
  };
  const fail = async () => {
    if (kindOf(call) === "read") return JSON.stringify({ errors: [internalError] });
    isBreaking = true;
    return act();
  };
  if (fault && fault.what !== "revoke") return befall(fault, response, { act, fail, send });
  if (!isToken) return void send(200, await act());
  const granted = tokens.grant(body);
  answer(response, granted.status, granted.body);
}

async function answerOne(body: string, version: Version): Promise<object> {
  seen.atOnce += 1;
  seen.atOnceMax = Math.max(seen.atOnceMax, seen.atOnce);
  const frame = await answerQuery(body, { version, rootValue: rootValue(version), bucket });
  seen.atOnce -= 1;
  if (JSON.stringify(frame.errors ?? "").includes('"THROTTLED"')) seen.throttled += 1;
  return frame;
}

interface At {
  readonly sku: string;
  readonly location: number;
  readonly quantity: number;
}
const shown = (item: Item) =>
  [...item.levels].map(([location, level]) => {
    const { available, committed, isActive } = level;
    return { id: item.id, sku: item.sku, location, available, committed, onHand: onHandOf(level), isActive };
  });

serveShop({
  handle,
  controls: {
    items: (given) => {
      for (const item of given as GivenItem[]) stock.put(item);
    },
    levels: () => [...stock.items.values()].flatMap(shown),
    written: () => written,
    seen: () => ({
      ...seen,
      written: written.length,
      repeatedKeys: keys.repeated,
      spent: bucket.spent,
      granted: tokens.granted,
    }),
    order: (given) => {
      const { sku, location, quantity } = given as At;
      stock.order(stock.bySku(sku), location, quantity);
    },
    fulfil: (given) => {
      const { sku, location, quantity } = given as At;
      stock.fulfil(stock.bySku(sku), location, quantity);
    },
    edit: (given) => {
      const { sku, location, quantity } = given as At;
      stock.setOnHand(stock.bySku(sku), location, quantity);
    },
    deactivate: (given) => {
      const { sku, location } = given as At;
      stock.stockAt(stock.bySku(sku), location).isActive = false;
    },
    subscribe: (given) => webhooks.subscribe(given as Subscription | null),
    fault: (given) => faults.add(given as Fault),
    manners: (given) => {
      manners = given as typeof manners;
    },
    keys: (given) => {
      keys.isHonoured = (given as { areHonoured: boolean }).areHonoured;
    },
    bucket: (given) => bucket.set(given as Partial<ThrottleStatus>),
    tokens: (given) => {
      tokens.livesSeconds = (given as { livesSeconds: number }).livesSeconds;
    },
    clock: (given) => {
      aheadMs = (given as { aheadMs: number }).aheadMs;
    },
  },
});

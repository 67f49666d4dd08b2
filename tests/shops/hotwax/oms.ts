// A HotWax Commerce OMS: quantities on hand that take deltas, one item a call, and absolute rows from files in an SFTP folder. It keeps no key
// by which a call that comes twice would be known. It can be told to misbehave, call by call and file by file.
import { answer, type Call, serveShop, shopSettings } from "../serve.ts";
import { openInbox } from "./inbox.ts";
import { openStock, Refused } from "./stock.ts";

/** What happens to one call. */
export type CallFault =
  /** Taken; no answer, half of one, one that says something went wrong, one that says nothing, or none for ever. */
  | "drop"
  | "half"
  | "500-taken"
  | "nonsense-taken"
  | "hang-taken"
  /** Not taken. */
  | "cut"
  | "500"
  | "hang"
  | "throttle"
  | "refuse"
  | "expire";

const settings = shopSettings<{
  token: string;
  folder: string;
  password: string;
  facilities: string[];
  skus: string[];
}>();
const stock = openStock(settings);
const inbox = await openInbox(settings, stock);
let { token } = settings;
let faults: CallFault[] = [];
/** Levels that calls are about right now. */
const busy = new Map<string, number>();
let seen = { calls: 0, taken: 0, badTokens: 0, sameAtOnce: 0 };

async function handle({ method, path, headers, body, response }: Call): Promise<void> {
  seen.calls += 1;
  if (method !== "POST" || path !== "/api/service/updateInventoryByIdentification")
    return void response.writeHead(404, { "content-type": "text/html" }).end("<h1>Not Found</h1>");
  const fault = faults.shift();
  if (fault === "expire") token = `${token}-renewed`;
  if (headers.authorization !== `Bearer ${token}`) {
    seen.badTokens += 1;
    return answer(response, 401, { error: "the token has expired" });
  }
  if (fault === "hang") return;
  if (fault === "cut") return void response.destroy();
  if (fault === "500") return answer(response, 500, { error: "told to" });
  if (fault === "throttle") return answer(response, 429, { error: "slower" }, { "retry-after": "1" });
  if (fault === "refuse") return answer(response, 400, { error: "told to refuse it" });
  const given = JSON.parse(body) as Record<string, unknown>;
  const key = `${given.facilityId} ${given.idValue}`;
  busy.set(key, (busy.get(key) ?? 0) + 1);
  seen.sameAtOnce = Math.max(seen.sameAtOnce, busy.get(key) ?? 0);
  // Others are let in between, so that two calls of one level would be seen at once.
  await new Promise((resolve) => setImmediate(resolve));
  busy.set(key, (busy.get(key) ?? 1) - 1);
  try {
    stock.change(given);
    seen.taken += 1;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return answer(response, 400, { error: error.message });
  }
  if (fault === "hang-taken") return;
  if (fault === "drop") return void response.destroy();
  if (fault === "half") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
    return void response.write('{"facilityId"', () => response.destroy());
  }
  if (fault === "500-taken") return answer(response, 500, { error: "told to" });
  if (fault === "nonsense-taken") return void response.writeHead(200).end("<html>Welcome</html>");
  answer(response, 200, { ...given, webSiteId: "API" });
}

serveShop({
  handle,
  controls: {
    /** Faults of the calls to come, one each. */
    faults: (given) => {
      faults = given as CallFault[];
    },
    "file-faults": (given) => inbox.misbehave(given as object),
    /** Runs the job that takes the files in the folder. Its answer is their names. */
    import: () => inbox.run(),
    sftp: () => inbox.access,
    levels: () => stock.levels(),
    seen: () => seen,
    /** Begins anew, with nothing in stock and no fault. */
    clear: () => {
      ({ token } = settings);
      faults = [];
      seen = { calls: 0, taken: 0, badTokens: 0, sameAtOnce: 0 };
      stock.clear();
      return inbox.clear();
    },
  },
});

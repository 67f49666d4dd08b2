// GET /live: what live pages listen to. It says only that something changed; what it is, the page fetches itself.
import { queryText } from "../asked.ts";
import { type Endpoint, textQuery } from "../endpoint.ts";
import { identityOf } from "../people/identity.ts";
import { Problem } from "../problem.ts";
import { LISTENERS } from "./live.ts";

/** Proxies cut connections on which nothing is said for a while. */
const SIGN_OF_LIFE_MS = 20_000;
/** Then the browser connects again, and a reader who is not signed in any more is not let in. */
const LISTENS_MS_MAX = 10 * 60_000;
const RECONNECT_MS = 2_000;

export const getLive: Endpoint = {
  method: "get",
  path: "/live",
  access: "viewer",
  summary: "Says when what a page shows has changed, as server-sent events",
  query: [
    textQuery("topic", "overview, resets, reset:<id>, facilities, facility:<id>, jobs or alarms"),
    textQuery("seen", "The digest that the page was made from"),
  ],
  answers: {
    200: { description: "An event `changed` at each change", type: "text/event-stream" },
    429: { description: `More than ${LISTENERS.ofOneMax} are open for you, or ${LISTENERS.max} in all` },
  },
  handle({ live }, request, response) {
    const topic = queryText(request, "topic") ?? "";
    if (!live.isTopic(topic)) throw new Problem("not-found", `There is no topic ${topic}.`);
    // Whoever has closed the page meanwhile would never leave.
    if (response.closed) return;
    const leave = live.enter(identityOf(response).name);
    if (leave === undefined) {
      const detail = "Too many pages that renew themselves are open. Close some; the others go on.";
      throw new Problem("too-many-requests", detail, { retryAfterS: 30 });
    }
    // After a reconnect the browser says what it heard last.
    const seen = request.get("last-event-id") ?? queryText(request, "seen") ?? "";
    response.set({ "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" });
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    const stopListening = live.listen(topic, seen, (digest) => {
      response.write(`event: changed\nid: ${digest}\ndata: ${digest}\n\n`);
    });
    const alive = setInterval(() => response.write(":\n\n"), SIGN_OF_LIFE_MS);
    const enough = setTimeout(() => response.end(), LISTENS_MS_MAX);
    const staysAtStop = live.onStop(() => response.end());
    response.once("close", () => {
      clearInterval(alive);
      clearTimeout(enough);
      stopListening();
      leave();
      staysAtStop();
    });
  },
};

// A process of its own that takes jobs and never ends them, for the tests that kill it. Arguments: url, how it dies
// ("hold": it waits to be killed; "die": it kills itself as soon as it has the event "poison").
import { consumeEvents, openQueues } from "@inventory-sync/queue";

const [, , url = "", manner = "hold"] = process.argv;
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent, fatal: silent };
const queues = await openQueues({ url, role: "consumer", log });

consumeEvents(queues, async (events) => {
  process.stdout.write(`${events.map((event) => event.eventId).join(" ")}\n`);
  if (manner === "die" && events.some((event) => event.eventId === "poison")) process.kill(process.pid, "SIGKILL");
  if (manner === "die") return events.map(() => ({ fate: "done", applied: 1, duplicate: 0, absorbed: 0, skipped: 0 }));
  return new Promise(() => undefined);
});

// The process in which POS events come in. Its settings are environment variables; see config.ts.
import { runProcess } from "@inventory-sync/runtime";
import { readIngestConfig } from "./config.ts";
import { startIngest } from "./server.ts";

/** Longer than a request may take to arrive, so that a deploy tears none. */
const GRACE_MS = 35_000;

await runProcess({
  name: "ingest",
  graceMs: GRACE_MS,
  async start(log, _stopping, tracing) {
    const { port, stop } = await startIngest(readIngestConfig(), log, tracing);
    return { stop, ready: { type: "listening", port } };
  },
});

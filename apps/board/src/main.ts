// The board's process.
import { runProcess } from "@inventory-sync/runtime";
import { startBoard } from "./board.ts";
import { readConfig } from "./config.ts";

const GRACE_MS = 15_000;

await runProcess({
  name: "board",
  graceMs: GRACE_MS,
  async start(log, _stopping, tracing) {
    const board = await startBoard(readConfig(), log, tracing);
    log.info({ port: board.port }, "the board listens");
    return { stop: board.stop, ready: { type: "listening", port: board.port } };
  },
});

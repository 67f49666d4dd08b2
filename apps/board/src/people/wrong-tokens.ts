// Machines that send a wrong token. Each is a try at guessing it: counted, told in the log once a minute, and refused for a while
// past some tries from one network. A right token is taken all the same, for it is looked at first.
import { Counter, type Logger, type Registry } from "@inventory-sync/runtime";
import { networkOf } from "./network.ts";

const TRIES_MAX = 30;
const WINDOW_MS = 60_000;
const NETWORKS_MAX = 10_000;

/** Notes a wrong token. @returns for how many milliseconds its network is refused; 0 when it is only wrong */
export type NoteWrongToken = (address: string) => number;

/** Counts them in memory, and in a metric of `registry`. */
export function createWrongTokens(registry: Registry, log: Logger): NoteWrongToken {
  const total = new Counter({
    name: "inventory_board_wrong_tokens_total",
    help: "Requests to the board with a token that is not its own",
    registers: [registry],
  });
  let tries = new Map<string, number>();
  let endsAtMs = 0;
  let seen = 0;
  return (address) => {
    total.inc();
    const nowMs = performance.now();
    if (nowMs >= endsAtMs) {
      if (seen > 1) log.warn({ wrongTokens: seen }, "wrong board tokens in the last minute in which there were any");
      tries = new Map();
      seen = 0;
      endsAtMs = nowMs + WINDOW_MS;
    }
    seen += 1;
    if (seen === 1)
      log.warn({ address }, "somebody sent a wrong board token; what follows is counted, not told one by one");
    const network = networkOf(address);
    const tried = (tries.get(network) ?? 0) + 1;
    if (tries.size < NETWORKS_MAX || tries.has(network)) tries.set(network, tried);
    return tried > TRIES_MAX ? endsAtMs - nowMs : 0;
  };
}

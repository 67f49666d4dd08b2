// The product's own proof of its ledger, as an operator runs it.
import { startFile } from "./world/app.ts";
import type { World } from "./world/world.ts";

/** Runs the audit; empty when it finds nothing. */
export async function audit(world: World): Promise<string[]> {
  const app = startFile("apps/ops/dist/main.js", world.env, ["audit"]);
  const exit = await app.exited;
  return exit === 0 ? [] : [`the audit ended with ${exit}: ${app.output()}`];
}

// The clients file that ingest lets senders in by.
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "./stand.ts";

/** What a load is sent with. */
export const clientKey = "bench-key-of-a-made-up-retailer";

/** Writes it and gives the settings of ingest that name it; the rate limit is out of the way, for it is not measured. */
export async function writeClients({ dataDir }: Installation): Promise<Record<string, string>> {
  const file = join(dataDir, "clients.json");
  const sha256 = createHash("sha256").update(clientKey).digest("hex");
  await writeFile(file, JSON.stringify({ clients: [{ name: "pos", keys: [sha256], facilities: "*", types: "*" }] }));
  return { DATA_DIR: dataDir, INGEST_CLIENTS_FILE: file, INGEST_REQUESTS_PER_SECOND_MAX: "1000000" };
}

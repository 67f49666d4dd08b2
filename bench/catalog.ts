// Every measure, in the order in which `npm run bench` takes them.
import { backlog } from "./backlog.ts";
import { catchUp } from "./catch-up.ts";
import { channels } from "./channels.ts";
import { channelsMillion } from "./channels-million.ts";
import { confirmed } from "./confirmed.ts";
import { drain } from "./drain.ts";
import { grownLedger } from "./grown-ledger.ts";
import { ingest } from "./ingest.ts";
import { ledgerArchive } from "./ledger-archive.ts";
import { neighbours } from "./neighbours.ts";
import { partitioned } from "./partitioned.ts";
import { reset, resetShops } from "./reset.ts";
import { salesDuringReset, salesDuringShops } from "./sales-during-reset.ts";
import { sharded } from "./shards.ts";
import { shopify } from "./shopify.ts";
import { smallCatalogue } from "./small-catalogue.ts";
import type { Measure } from "./support/measure.ts";
import { traced } from "./traced.ts";
import { twoWorkers } from "./two-workers.ts";
import { visible, waits } from "./visible.ts";
import { workerMemory } from "./worker-memory.ts";

export const measures: readonly Measure[] = [
  ...[drain, partitioned, catchUp, ingest, visible, waits, traced, reset, resetShops, smallCatalogue, workerMemory],
  ...[
    salesDuringReset,
    salesDuringShops,
    grownLedger,
    backlog,
    twoWorkers,
    neighbours,
    shopify,
    channels,
    confirmed,
    channelsMillion,
    sharded,
    ledgerArchive,
  ],
];

// ops ledger partition: the ledger's table into sixteen partitions by facility, while sales go on; or what that would take.
import {
  abandonPartitions,
  type LedgerShape,
  LOCKS_MIN,
  NotPartitioned,
  partitionLedger,
  readLedgerShape,
} from "@inventory-sync/db";
import { type Command, exitCodes, Failure, type Run } from "./command.ts";

/** Measured: docs/adr/0028. */
const ROWS_PER_S = 15_000;
const S_PER_MIN = 60;
const BYTES_PER_MB = 1e6;

export const ledgerPartition: Command = {
  name: "ledger partition",
  usage: "[--preview | --abandon] [--yes]",
  summary:
    "puts the ledger into 16 partitions by facility while sales go on; after an interruption the same command goes on. --preview says what it takes, --abandon gives up what is not finished",
  async run(run) {
    const url = run.addresses.databaseOwner();
    const shape = await readLedgerShape(url);
    if (run.has("abandon")) return abandon(run, url, shape);
    if (run.has("preview") || shape.state === "partitioned") return run.done(shape, wordsOf(shape));
    if (!(await run.isMeant(wordsOf(shape)))) return exitCodes.found;
    const outcome = ({ state }: Pick<LedgerShape, "state">) => state;
    // What the owner does is on record as what an operator did.
    const ended = await run.audited({ what: "put the ledger into partitions", target: "ledger", outcome }, () =>
      run.out.withProgress("movements copied", (tell) => {
        const onCopied = (rows: number) => tell(rows, shape.rows);
        return partitionLedger(url, { signal: run.signal, onCopied }).catch(inWords);
      }),
    );
    if (ended.state === "partitioned") return run.done(ended, "The ledger is in 16 partitions by facility.");
    run.out.document(ended);
    run.out.say(
      "Stopped: the copy is kept up to date by triggers, and the same command goes on with it. --abandon gives it up.",
    );
    return exitCodes.stopped;
  },
};

async function abandon(run: Run, url: string, shape: LedgerShape): Promise<number> {
  if (shape.state === "copying") {
    const act = { what: "give up the ledger's partitions", target: "ledger", outcome: () => "given up" };
    await run.audited(act, () => abandonPartitions(url).catch(inWords));
  }
  const left = await readLedgerShape(url);
  return run.done(left, wordsOf(left));
}

function wordsOf({ state, rows, bytes, locks }: LedgerShape): string {
  if (state === "partitioned") return "The ledger is in partitions by facility.";
  if (state === "swapped") return "The ledger is in partitions by facility; the old table is still to be dropped.";
  const minutes = Math.ceil(rows / ROWS_PER_S / S_PER_MIN);
  const few =
    locks < LOCKS_MIN
      ? ` Set max_locks_per_transaction of the server to ${LOCKS_MIN} first (it is ${locks}; a restart of it): each statement locks all partitions with their indexes.`
      : "";
  return (
    `The ledger has some ${Math.round(rows).toLocaleString("en")} movements in ${Math.ceil(bytes / BYTES_PER_MB).toLocaleString("en")} MB. A copy in 16 partitions ` +
    `${state === "copying" ? "has been begun and is gone on with" : "is made"}: about ${minutes} min for all of it on the machine it was measured on, as much space once more on the ` +
    `database's disk and in its log until the old table is dropped at the end. Sales and counts go on; for the swap they wait a second at most.${few}`
  );
}

function inWords(error: unknown): never {
  if (error instanceof NotPartitioned) throw new Failure(`${error.message}.`);
  throw error;
}

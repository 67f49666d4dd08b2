// The batcher: many callers, one commit. Flow 1 puts the events of hundreds of jobs through it, so that one SQL statement
// and one fsync carry a few hundred of them. It knows nothing of queues or databases.
//
// An item is *pending* from add() on, *running* while the batch that took it runs, and *settled* once its fate is known;
// its promise settles only then, after run() has committed. The life of a batch:
//
//   collect   Items wait in order of arrival. When nothing runs, a batch starts at once (after the items of the same turn
//             of the event loop): a lone item waits for nobody. While a batch runs the next one fills up, so the batch
//             size follows the load by itself. A further batch starts beside running ones, up to runningMax at once, when
//             it is as heavy as they are together, when it is full, or when its oldest item has waited waitMsMax.
//   take      From the front, until sizeMax items or weightMax weight; one item heavier than weightMax goes alone. Urgent
//             items come before all others, which fill a quarter of a batch beside them, and the last free slot is theirs: a
//             batch without any waits for another. While urgent items keep coming, others go a quarter of a batch at a time
//             and one batch at a time, also where no urgent item waits: the next one waits for whatever runs then. An item
//             whose key is in this batch or in a running one is passed over and stays in its place: two sendings of one event
//             never meet in one statement, and keep their order.
//   run       run(items) answers one fate per item, in order. An item without a fate has failed: nothing is done by silence.
//   bisect    When run() throws for more than one item, the batch is run again in halves, each half by the same rule, so
//             that an item that no statement can swallow fails alone. At most bisectRunsMax extra runs a batch, and none
//             when mayBisect says the error is not about items (a lost connection): then all of them fail, each to its
//             caller's own retry.
//   close     Nothing new is taken; what is pending is run without waiting; close() resolves when all is settled.

export interface GroupCommitOptions<Item, Fate> {
  /** Commits a batch; one fate per item, in the order of the items. */
  run: (batch: Item[]) => Promise<readonly (Fate | undefined)[]>;
  keyOf: (item: Item) => string;
  /** Items per batch. */
  sizeMax: number;
  /** Longest wait of an item while a slot is free, ms. */
  waitMsMax: number;
  /** Batches at once, until `limit` says otherwise. */
  runningMax: number;
  /** Whether an item goes before those that are not. Default: all do. */
  isUrgent?: (item: Item) => boolean;
  weightOf?: (item: Item) => number;
  /** Weight per batch. */
  weightMax?: number;
  /** Whether a thrown error may be one item's fault. Default: always. */
  mayBisect?: (error: unknown) => boolean;
  /** Milliseconds. Default: performance.now. */
  now?: () => number;
  /** Extra runs that bisecting one batch may cost. Default 40: enough to isolate two items of 400. */
  bisectRunsMax?: number;
}

export interface GroupCommit<Item, Fate> {
  /** Resolves with the item's fate after its batch has committed; rejects when its batch, or its half of it, failed. */
  add(item: Item): Promise<Fate>;
  /** Sets how many batches may run at once from now on. */
  limit(batches: number): void;
  /** Items pending and running. */
  size(): number;
  /** Flushes and waits for everything. */
  close(): Promise<void>;
}

interface Entry<Item, Fate> {
  item: Item;
  key: string;
  weight: number;
  urgent: boolean;
  addedAt: number;
  resolve: (fate: Fate) => void;
  reject: (error: unknown) => void;
}

const bisectRunsDefault = 40;
/** What a batch may have of others beside urgent items, or while those keep coming: enough that they move on, little enough to wait for. */
const besideUrgentShare = 0.25;
/** For so long after an urgent item the next one is expected, ms. */
const expectUrgentMs = 1_000;

/** Starts a group commit; see the head of this file for what it promises. */
export function createGroupCommit<Item, Fate>(options: GroupCommitOptions<Item, Fate>): GroupCommit<Item, Fate> {
  const { keyOf, sizeMax, waitMsMax, weightOf = () => 1, weightMax = Number.POSITIVE_INFINITY } = options;
  const { isUrgent = () => true, now = () => performance.now() } = options;
  let { runningMax } = options;
  const busyKeys = new Set<string>();
  /** Urgent items, then all others. */
  const lanes: { urgent: Entry<Item, Fate>[]; others: Entry<Item, Fate>[] } = { urgent: [], others: [] };
  const urgency = createUrgency(now);
  let pendingWeight = 0;
  const running = { batches: 0, items: 0, weight: 0 };
  let turnAsked = false;
  let timer: NodeJS.Timeout | undefined;
  let whenIdle: (() => void) | undefined;
  let closing: Promise<void> | undefined;

  const pendingCount = (): number => lanes.urgent.length + lanes.others.length;

  /** Takes the next batch out of the pending items. */
  function take(): Entry<Item, Fate>[] {
    const batch = { entries: [] as Entry<Item, Fate>[], weight: 0 };
    lanes.urgent = takeFrom(lanes.urgent, batch, busyKeys, { size: sizeMax, weight: weightMax });
    const share = batch.entries.length > 0 || urgency.goesOn() ? besideUrgentShare : 1;
    lanes.others = takeFrom(lanes.others, batch, busyKeys, {
      size: Math.min(sizeMax, batch.entries.length + sizeMax * share),
      weight: Math.min(weightMax, batch.weight + weightMax * share),
    });
    pendingWeight -= batch.weight;
    return batch.entries;
  }

  /** Says whether a batch may start now, by the rules under "collect" and "take". */
  function due(): boolean {
    const oldest = lanes.urgent[0] ?? lanes.others[0];
    if (oldest === undefined || running.batches >= runningMax) return false;
    if (running.batches === 0 || closing !== undefined) return true;
    if (!oldest.urgent && running.batches >= (urgency.goesOn() ? 1 : runningMax - 1)) return false;
    if (pendingCount() >= sizeMax || pendingWeight >= Math.min(weightMax, running.weight)) return true;
    return now() - oldest.addedAt >= waitMsMax;
  }

  function pump(): void {
    while (due()) {
      const batch = take();
      if (batch.length === 0) break;
      void commit(batch);
    }
    if (running.batches > 0 && running.batches < runningMax && pendingCount() > 0)
      timer ??= setTimeout(wake, waitMsMax);
    if (running.batches === 0 && pendingCount() === 0) whenIdle?.();
  }

  function wake(): void {
    clearTimeout(timer);
    timer = undefined;
    turnAsked = false;
    pump();
  }

  async function commit(batch: Entry<Item, Fate>[]): Promise<void> {
    count(running, batch, 1);
    await settle(batch, options, { runsLeft: options.bisectRunsMax ?? bisectRunsDefault });
    for (const entry of batch) busyKeys.delete(entry.key);
    count(running, batch, -1);
    pump();
  }

  return {
    add(item) {
      if (closing !== undefined) return Promise.reject(new Error("the group commit is closed"));
      return new Promise<Fate>((resolve, reject) => {
        const weight = weightOf(item);
        const urgent = isUrgent(item);
        if (urgent) urgency.note();
        const lane = urgent ? lanes.urgent : lanes.others;
        lane.push({ item, key: keyOf(item), weight, urgent, addedAt: now(), resolve, reject });
        pendingWeight += weight;
        if (!turnAsked) setImmediate(wake);
        turnAsked = true;
      });
    },
    limit(batches) {
      runningMax = batches;
      pump();
    },
    size: () => pendingCount() + running.items,
    close() {
      closing ??= new Promise<void>((resolve) => {
        whenIdle = resolve;
      });
      pump();
      return closing;
    },
  };
}

/** Counts a batch as running, or as ended. */
function count(
  running: { batches: number; items: number; weight: number },
  batch: readonly { readonly weight: number }[],
  by: 1 | -1,
): void {
  running.batches += by;
  running.items += by * batch.length;
  running.weight += by * batch.reduce((sum, { weight }) => sum + weight, 0);
}

/** Remembers whether urgent items keep coming. */
function createUrgency(now: () => number) {
  let until = Number.NEGATIVE_INFINITY;
  return {
    note: (): void => {
      until = now() + expectUrgentMs;
    },
    goesOn: (): boolean => now() < until,
  };
}

/** Moves entries from the front of a lane into the batch until it has the most it may; returns those that are left. */
function takeFrom<Item, Fate>(
  lane: Entry<Item, Fate>[],
  batch: { readonly entries: Entry<Item, Fate>[]; weight: number },
  busyKeys: Set<string>,
  most: { readonly size: number; readonly weight: number },
): Entry<Item, Fate>[] {
  const left: Entry<Item, Fate>[] = [];
  for (const [index, entry] of lane.entries()) {
    const full = batch.entries.length >= most.size || batch.weight + entry.weight > most.weight;
    if (full && batch.entries.length > 0) return left.concat(lane.slice(index));
    if (busyKeys.has(entry.key)) {
      left.push(entry);
      continue;
    }
    busyKeys.add(entry.key);
    batch.weight += entry.weight;
    batch.entries.push(entry);
  }
  return left;
}

/** Runs one batch, in halves after an error, and settles every entry of it. Never throws. */
async function settle<Item, Fate>(
  batch: readonly Entry<Item, Fate>[],
  options: GroupCommitOptions<Item, Fate>,
  budget: { runsLeft: number },
): Promise<void> {
  let fates: readonly (Fate | undefined)[];
  try {
    fates = await options.run(batch.map((entry) => entry.item));
  } catch (error) {
    const middle = Math.ceil(batch.length / 2);
    const mayBisect = batch.length > 1 && budget.runsLeft >= 2 && (options.mayBisect?.(error) ?? true);
    if (!mayBisect) {
      for (const entry of batch) entry.reject(error);
      return;
    }
    budget.runsLeft -= 2;
    await settle(batch.slice(0, middle), options, budget);
    await settle(batch.slice(middle), options, budget);
    return;
  }
  for (const [index, entry] of batch.entries()) {
    const fate = fates[index];
    if (fate === undefined) entry.reject(new Error(`the batch gave no result for ${entry.key}`));
    else entry.resolve(fate);
  }
}

// What the model of docs/performance.md says of a chain: its constants, multiplied. The simulation holds its figures against them.
import { type Chain, linesPerReceipt } from "./day.ts";

/** The constants, as measured; docs/performance.md has where each comes from. */
const movementBytes = 302;
const rowUsUnchanged = 6.3;
const busiestHourShare = 0.12;
const busiestMinuteFactor = 3;
const changedShare = 0.05;

/** What is expected of a day. */
export interface Expected {
  readonly lines: number;
  readonly receipts: number;
  /** Receipts a second of real time, in the busiest hour and in its busiest minute. */
  readonly busiestHour: number;
  readonly busiestMinute: number;
  /** After the first count, which is a correction of each level, a day's lines, and a count of which a twentieth differs. */
  readonly ledgerBytes: number;
  /** Seconds for the night's file, one worker. */
  readonly resetSeconds: number;
}

/** Of a day of the chain, in real time. */
export function expectedOf(chain: Chain): Expected {
  const lines = chain.stores * chain.linesPerStore;
  const levels = chain.stores * chain.listed;
  const receipts = lines / linesPerReceipt;
  const busiestHour = (receipts * busiestHourShare) / 3_600;
  return {
    ...{ lines, receipts, busiestHour, busiestMinute: busiestHour * busiestMinuteFactor },
    ledgerBytes: (lines + levels * (1 + changedShare)) * movementBytes,
    resetSeconds: (levels * rowUsUnchanged) / 1_000_000,
  };
}

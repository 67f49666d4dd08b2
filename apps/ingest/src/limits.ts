// The sizes and times of one request (flow 1, steps 1 and 2): what is larger, longer, deeper or more is refused where it is passed.

export const BODY_BYTES_MAX = 1024 * 1024;
/** Most events, or Prism documents, of one request; so also most elements of any array: neither may have as many lines. */
export const EVENTS_PER_REQUEST_MAX = 1_000;
/** How long an idle connection is kept: longer than load balancers keep theirs, so that they end it and not we. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** `exact` refuses what ids and quantities may not hold; `lenient` is for documents of which few fields are read. */
export type Exactness = "exact" | "lenient";

/** Deeper nesting than any body of ours has: refused, since every level is something to keep. */
export const DEPTH_MAX = 32;
/** Most fields of an object. No object of ours has more than 8; Prism's documents and lines have up to some hundreds. */
export const FIELDS_MAX: Readonly<Record<Exactness, number>> = { exact: 50, lenient: 1_000 };
/** Longest number, in characters. A double's shortest text has at most 24, a sid 18. */
export const NUMBER_LENGTH_MAX = 40;
/** Longest field name, in characters. A fault's place is made of names and told a hundred times, so they must be short. */
export const NAME_LENGTH_MAX = 100;
/** A place is told down to this level and no further: bodies have at most six, and what is deeper lies within it. */
export const PLACE_DEPTH_MAX = 8;

// The bounds of JSON text from outside (flow 1, step 2): what is longer, deeper or more is refused where it is passed.
import { EVENTS_PER_REQUEST_MAX } from "./limits.ts";

/** `exact` refuses what ids and quantities may not hold; `lenient` is for documents of which few fields are read. */
export type Exactness = "exact" | "lenient";

/** Deeper nesting than any body of ours has: refused, since every level is something to keep. */
export const DEPTH_MAX = 32;
/** Most fields of an object. No object of ours has more than 8; Prism's documents and lines have up to some hundreds. */
export const FIELDS_MAX: Readonly<Record<Exactness, number>> = { exact: 50, lenient: 1_000 };
/** Most elements of an array: as many as a request may have events or documents, and more than either may have lines. */
export const ELEMENTS_MAX = EVENTS_PER_REQUEST_MAX;
/** Longest number, in characters. A double's shortest text has at most 24, a sid 18. */
export const NUMBER_LENGTH_MAX = 40;
/** Longest field name, in characters. A fault's place is made of names and told a hundred times, so they must be short. */
export const NAME_LENGTH_MAX = 100;
/** A place is told down to this level and no further: bodies have at most six, and what is deeper lies within it. */
export const PLACE_DEPTH_MAX = 8;

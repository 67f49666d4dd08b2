// Reset flow, within step 4: ids that nobody sells online are told from the others by a hash of their characters, taken where they
// stand in the text. Most rows of a large file end here, without a string being made of their id.
import { plainIdHash } from "@inventory-sync/domain";

/** So many bits at least for each id: at most one unknown id in some sixteen is looked up after all. */
const BITS_EACH = 16;
const WORD_BITS = 32;

/** Says whether an id with this hash may be among those given; false is certain. */
export type MayBeKnown = (hash: number) => boolean;

/** Remembers the hashes of ids as they are now. */
export function rememberIds(ids: Iterable<string>, count: number): MayBeKnown {
  const bits = Math.max(WORD_BITS, 2 ** Math.ceil(Math.log2(Math.max(1, count * BITS_EACH))));
  const words = new Uint32Array(bits / WORD_BITS);
  const mask = bits - 1;
  for (const id of ids) {
    const place = plainIdHash(id, 0, id.length) & mask;
    words[place >>> 5] = (words[place >>> 5] as number) | (1 << (place & 31));
  }
  return (hash) => {
    const place = hash & mask;
    return ((words[place >>> 5] as number) & (1 << (place & 31))) !== 0;
  };
}

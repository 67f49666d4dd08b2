/** Answers that may be a little old: many who ask in the same seconds cost one question. */

/**
 * Makes a read that is shared. For each `key`, an object that is compared by identity and not kept alive, it reads at most
 * once in `freshMs` milliseconds. A read that fails is handed to those who share it, and not kept.
 * @param read is also given the read before, if there was one that did not fail
 * @returns the read; by its `outdate` the next who asks is told what is so then: something was written
 */
export function cached<Key extends object, T>(
  freshMs: number,
  read: (key: Key, before: Promise<T> | undefined) => Promise<T>,
) {
  const reads = new WeakMap<Key, { readonly atMs: number; readonly value: Promise<T> }>();
  const ask = (key: Key): Promise<T> => {
    const last = reads.get(key);
    if (last && performance.now() - last.atMs < freshMs) return last.value;
    const next = { atMs: performance.now(), value: read(key, last?.value) };
    reads.set(key, next);
    next.value.catch(() => {
      if (reads.get(key) === next) reads.delete(key);
    });
    return next.value;
  };
  const outdate = (key: Key): void => {
    const last = reads.get(key);
    if (last) reads.set(key, { ...last, atMs: Number.NEGATIVE_INFINITY });
  };
  return Object.assign(ask, { outdate });
}

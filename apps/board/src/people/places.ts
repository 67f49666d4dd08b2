// So many at once of one caller, and so many of all: questions that are answered, pages that listen.

/** Takes a place; returns what gives it back, or undefined when this caller, or all of them, have too many. */
export type Places = (caller: string) => (() => void) | undefined;

/** Keeps the places in memory. */
export function createPlaces({ ofOneMax, max }: { readonly ofOneMax: number; readonly max: number }): Places {
  const taken = new Map<string, number>();
  let all = 0;
  return (caller) => {
    const own = taken.get(caller) ?? 0;
    if (own >= ofOneMax || all >= max) return undefined;
    taken.set(caller, own + 1);
    all += 1;
    return () => {
      const left = (taken.get(caller) ?? 1) - 1;
      if (left > 0) taken.set(caller, left);
      else taken.delete(caller);
      all -= 1;
    };
  };
}

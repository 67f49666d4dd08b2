// Rounds: all sides once for practice, then in turns, the order reversed from round to round, so that neither a machine that
// grows slower nor a warm cache favours one side.

/** One side's run; `practice` runs do not count and may be smaller. */
export type Side<Value> = (run: { readonly practice: boolean }) => Promise<Value>;

/** Runs the sides in turns and gives the values of each, one a round. */
export async function alternate<Name extends string, Value>(
  sides: Record<Name, Side<Value>>,
  { rounds, practice = true }: { readonly rounds: number; readonly practice?: boolean },
): Promise<Record<Name, Value[]>> {
  const names = Object.keys(sides) as Name[];
  const values = Object.fromEntries(names.map((name): [Name, Value[]] => [name, []])) as Record<Name, Value[]>;
  if (practice) for (const name of names) await sides[name]({ practice: true });
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) values[name].push(await sides[name]({ practice: false }));
  }
  return values;
}

// Rounds: all sides once for practice, then in turns, the order reversed from round to round, so that neither a machine that
// grows slower nor a warm cache favours one side.

/** One side's run; `practice` runs do not count and may be smaller. */
export type Side<Value> = (run: { readonly practice: boolean }) => Promise<Value>;

type Values<Sides extends Record<string, Side<unknown>>> = {
  [Name in keyof Sides]: Awaited<ReturnType<Sides[Name]>>[];
};

/** Runs the sides in turns and gives the values of each, one a round. */
export async function alternate<Sides extends Record<string, Side<unknown>>>(
  sides: Sides,
  { rounds, practice = true }: { readonly rounds: number; readonly practice?: boolean },
): Promise<Values<Sides>> {
  const inOrder = Object.entries(sides);
  const values: Record<string, unknown[]> = Object.fromEntries(inOrder.map(([name]) => [name, []]));
  if (practice) for (const [, run] of inOrder) await run({ practice: true });
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? inOrder : [...inOrder].reverse();
    for (const [name, run] of order) values[name]?.push(await run({ practice: false }));
  }
  return values as Values<Sides>;
}

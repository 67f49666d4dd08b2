// How quantities and counts are written on the board's pages.
const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 });

/** "12,345.5" */
export function quantity(value: number): string {
  return number.format(value);
}

/** "1 product", "12 products" */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number.format(count)} ${count === 1 ? one : many}`;
}

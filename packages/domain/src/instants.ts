// The times that can be kept: the database reads ISO text, which has four digits for a year and no year 0000.
const FIRST_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** Whether a time, ms since 1970, lies in the years 0001 to 9999 of UTC. A zone can move a date out of them. */
export function isKeepable(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS;
}

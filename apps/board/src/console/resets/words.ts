// The words of resets: what their states and steps are called, how long things took, how big a change is.
import { type Html, html } from "../../html.ts";
import { quantity } from "../frame/figures.ts";

/** Steps of a reset by the name of their timing, in their order. */
const STEPS: Readonly<Record<string, string>> = {
  settleMs: "Waiting for the file to stand still",
  fetchMs: "Fetching the file",
  stageMs: "Reading and checking its rows",
  reconcileMs: "Correcting the facilities",
  putAwayMs: "Putting the file away",
};

/** A timing with what it is called. Those that nobody has named yet keep their own name. */
export function stepsOf(timings: Readonly<Record<string, number>>): { readonly name: string; readonly ms: number }[] {
  const { totalMs, ...steps } = timings;
  const order = Object.keys(STEPS);
  const place = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  const known = Object.entries(steps)
    .filter(([, ms]) => Number.isFinite(ms))
    .sort(([one], [other]) => place(one) - place(other))
    .map(([key, ms]) => ({ name: STEPS[key] ?? key.replace(/Ms$/, ""), ms }));
  const rest = totalMs === undefined ? 0 : totalMs - known.reduce((sum, { ms }) => sum + ms, 0);
  const reconciled = steps.reconcileMs === undefined && rest > 0 && "stageMs" in steps;
  if (!reconciled) return known;
  const before = known.findIndex(({ name }) => name === STEPS.putAwayMs);
  const step = { name: "Waiting in line and correcting the facilities", ms: rest };
  return before < 0 ? [...known, step] : [...known.slice(0, before), step, ...known.slice(before)];
}

const SECOND_MS = 1_000;
const MINUTE_S = 60;
const HOUR_MIN = 60;
const DAY_H = 24;

/** "340 ms", "4.2 s", "3 min 05 s", "2 h 10 min" */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  const seconds = ms / SECOND_MS;
  if (seconds < MINUTE_S) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / MINUTE_S);
  const rest = String(Math.floor(seconds % MINUTE_S)).padStart(2, "0");
  if (minutes < HOUR_MIN) return `${minutes} min ${rest} s`;
  return `${Math.floor(minutes / HOUR_MIN)} h ${String(minutes % HOUR_MIN).padStart(2, "0")} min`;
}

/** How long ago something was: "now", "4 min", "3 h", "2 days". */
export function age(at: string | Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - new Date(at).getTime()) / SECOND_MS / MINUTE_S);
  if (minutes < 1) return "now";
  if (minutes < HOUR_MIN) return `${minutes} min`;
  const hours = Math.floor(minutes / HOUR_MIN);
  if (hours < 2 * DAY_H) return `${hours} h ${minutes % HOUR_MIN} min`;
  return `${Math.floor(hours / DAY_H)} days`;
}

/** A change with its sign, in a colour that the sign says as well: "+12", "−3". */
export function change(units: number): Html {
  if (units === 0) return html`<span class="soft">0</span>`;
  return html`<span class="change ${units > 0 ? "up" : "down"}">${signed(units)}</span>`;
}

/** "+12", "−3", "0" */
export function signed(units: number): string {
  if (units === 0) return "0";
  return units > 0 ? `+${quantity(units)}` : `−${quantity(-units)}`;
}

/** "12,345 to 12,001 units" */
export function fromTo(before: number, after: number): string {
  return `${quantity(before)} to ${quantity(after)} units`;
}

/** "12.4 MB" */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = 1_000;
  let value = bytes;
  let unit = 0;
  while (value >= step && unit < units.length - 1) {
    value /= step;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

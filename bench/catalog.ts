// Every measure, in the order in which `npm run bench` takes them.
import { drain } from "./drain.ts";
import type { Measure } from "./support/measure.ts";

export const measures: readonly Measure[] = [drain];

/** The numbers of a process, in Prometheus' form. Served by `serveHealth` or by the process's own HTTP server. */
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";

export { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Node's version is no business of those who may only read numbers. */
const VERSION_METRIC = "nodejs_version_info";

/** A registry of its own for this process, with Node's default metrics; every series carries the label `app`. */
export function createMetrics(name: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ app: name });
  collectDefaultMetrics({ register: registry });
  registry.removeSingleMetric(VERSION_METRIC);
  return registry;
}

/** What was counted since the process started: one number for each bound, one for what is above the last, and the sum. */
export type Counted = { readonly counts: readonly number[]; readonly sum: number };

type CountedHistogramOptions = {
  readonly name: string;
  readonly help: string;
  readonly registers: Registry[];
  /** Upper bounds of the buckets, ascending, in the unit of the name. */
  readonly bounds: readonly number[];
  /** Called at each scrape. */
  read(): Counted;
};

/**
 * Registers a histogram whose numbers are counted elsewhere: where observing each single value would cost more than the work
 * itself.
 */
export function countedHistogram(options: CountedHistogramOptions): void {
  new CountedHistogram(options);
}

class CountedHistogram extends Histogram {
  readonly #options: CountedHistogramOptions;

  constructor(options: CountedHistogramOptions) {
    const { name, help, registers, bounds } = options;
    super({ name, help, registers, buckets: [...bounds] });
    this.#options = options;
  }

  /** What the registry asks. prom-client's own types do not name it; `get` goes through it, too. */
  async getForPromString() {
    const { name, help, bounds, read } = this.#options;
    const { counts, sum } = read();
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      return { metricName: `${name}_bucket`, labels: { le: bounds[index] ?? "+Inf" }, value: total };
    });
    const ends = [
      { metricName: `${name}_sum`, labels: {}, value: sum },
      { metricName: `${name}_count`, labels: {}, value: total },
    ];
    return { name, help, type: "histogram", aggregator: "sum", values: [...buckets, ...ends] };
  }
}

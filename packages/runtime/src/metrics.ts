/** The numbers of a process, in Prometheus' form. Served by `serveHealth` or by the process's own HTTP server. */
import { collectDefaultMetrics, Registry } from "prom-client";

export { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Node's version is nobody's business who may only read numbers. */
const VERSION_METRIC = "nodejs_version_info";

/** A registry of its own for this process, with Node's default metrics; every series carries the label `app`. */
export function createMetrics(name: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ app: name });
  collectDefaultMetrics({ register: registry });
  registry.removeSingleMetric(VERSION_METRIC);
  return registry;
}

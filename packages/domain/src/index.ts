// What things mean: the vocabulary every other part shares. Pure: nothing here opens a connection or reads a clock.
export * from "./alarm-texts.ts";
export * from "./alarms.ts";
export * from "./client-keys.ts";
export * from "./deadline.ts";
export * from "./events.ts";
export * from "./guards.ts";
export * from "./hotwax.ts";
export * from "./ids.ts";
export * from "./latency.ts";
export * from "./outcomes.ts";
export * from "./prism.ts";
export * from "./quantity.ts";
export * from "./reset-states.ts";
export * from "./schedule.ts";
export * from "./showable.ts";
export * from "./snapshot/index.ts";

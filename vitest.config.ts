// How the tests run: workspace packages from their sources, three files at a time, one private PostgreSQL and Redis for the whole run.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "apps/*/test/**/*.test.ts",
      "tests/{flows,house,faults,browser}/**/*.test.ts",
    ],
    globalSetup: ["tests/support/global-setup.ts"],
    pool: "forks",
    // Nothing happens at import time, so files may share a process and what it has loaded: a third less processor time.
    isolate: false,
    maxWorkers: 3,
    testTimeout: 150_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
    passWithNoTests: false,
  },
});

// How the tests run: workspace packages from their sources, three files at a time, one private PostgreSQL and Redis for the whole run.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Never dist: a test must see what was just written. The condition "source" alone does not reach the global setup.
    alias: [
      {
        find: /^@inventory-sync\/(domain|runtime|queue|db|sftp|event-inbox|operator|http)$/,
        replacement: `${source("./packages")}/$1/src/index.ts`,
      },
      { find: "@inventory-sync/local", replacement: source("./apps/local/src/index.ts") },
    ],
  },
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

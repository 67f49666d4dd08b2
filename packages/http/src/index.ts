// What the HTTP servers of ingest and board share.
export { listen } from "@inventory-sync/runtime";
export * from "./openapi.ts";
export * from "./problem.ts";
export * from "./server.ts";

// The settings of ingest: the one file of it that reads the environment.
import { join } from "node:path";
import {
  outsideId,
  type PrismSettings,
  prismItemFields,
  prismStoreFields,
  REQUESTS_PER_SECOND_MAX,
} from "@inventory-sync/domain";
import {
  boolean,
  type Environment,
  eventShards,
  integer,
  list,
  loadConfig,
  port,
  queueUrl,
  shardsFitQueue,
  text,
  url,
} from "@inventory-sync/runtime";
import { z } from "zod";
import { BODY_BYTES_MAX } from "./limits.ts";

export type IngestConfig = ReturnType<typeof readIngestConfig>;

/** In which time a request must arrive, in milliseconds: its headers, and all of it. */
export type Timeouts = { readonly headersMs: number; readonly requestMs: number };

/** A process that is told to stop waits for requests that are still arriving; see GRACE_MS. */
const REQUEST_SECONDS_MAX = 30;
const SECOND_MS = 1_000;
/** Past it there is no limit. The least limit is one body of the largest size. */
const BYTES_PER_SECOND_MAX = 1024 * BODY_BYTES_MAX;

const itemField = z.enum(prismItemFields);

const variables = z.object({
  INGEST_PORT: port().default(3000),
  INGEST_HOST: text("an address to listen at, such as 0.0.0.0 for all of them").default("127.0.0.1"),
  QUEUE_URL: queueUrl(),
  QUEUE_REPLICAS: integer({ min: 0, max: 10 }).default(0),
  EVENT_SHARDS: eventShards().default(1),
  ACCEPT_INTO: z.enum(["queue", "inbox"]).default("queue"),
  DATABASE_URL: url(["postgres", "postgresql"]).optional(),
  DATA_DIR: text("a folder").default(".data"),
  INGEST_CLIENTS_FILE: text("a file").optional(),
  INGEST_FACILITIES: list().pipe(z.array(outsideId)).default(["*"]),
  PRISM_STORE_FIELD: z.enum(prismStoreFields).default("number"),
  PRISM_ITEM_FIELDS: list()
    .pipe(z.array(itemField, { error: itemFieldsAllowed() }))
    .refine((fields) => new Set(fields).size === fields.length, { error: itemFieldsAllowed() })
    .default([...prismItemFields]),
  INGEST_REQUESTS_PER_SECOND_MAX: integer({ min: 1, max: REQUESTS_PER_SECOND_MAX }).default(5_000),
  INGEST_BYTES_PER_SECOND_MAX: integer({ min: BODY_BYTES_MAX, max: BYTES_PER_SECOND_MAX }).default(16 * BODY_BYTES_MAX),
  INGEST_IN_FLIGHT_MAX: integer({ min: 1, max: 100_000 }).default(512),
  INGEST_HEADERS_SECONDS_MAX: integer({ min: 1, max: REQUEST_SECONDS_MAX }).default(10),
  INGEST_REQUEST_SECONDS_MAX: integer({ min: 1, max: REQUEST_SECONDS_MAX }).default(REQUEST_SECONDS_MAX),
  ALLOW_VOLATILE_QUEUE: boolean().default(false),
});

const checkedVariables = variables
  .refine(...shardsFitQueue)
  .refine((given) => given.ACCEPT_INTO === "queue" || given.DATABASE_URL !== undefined, {
    path: ["DATABASE_URL"],
    error: "the database that events are accepted into, because ACCEPT_INTO is inbox",
  });

function itemFieldsAllowed(): string {
  return `some of ${prismItemFields.join(", ")}, each once, in the order in which they are tried`;
}

/** Reads the settings. @throws ConfigError naming all faults at once. */
export function readIngestConfig(env: Environment = process.env) {
  const given = loadConfig(checkedVariables, env);
  return {
    port: given.INGEST_PORT,
    host: given.INGEST_HOST,
    queueUrl: given.QUEUE_URL,
    /** How many replicas of its server must have an event before the 202. */
    queueReplicas: given.QUEUE_REPLICAS,
    eventShards: given.EVENT_SHARDS,
    /** Where events are written before the 202 (ACCEPT_INTO=inbox); undefined when the queue itself accepts them. */
    inboxUrl: given.ACCEPT_INTO === "inbox" ? given.DATABASE_URL : undefined,
    clientsFile: given.INGEST_CLIENTS_FILE ?? join(given.DATA_DIR, "clients.json"),
    /** The facilities of this installation; `EU-*` stands for each whose id begins with `EU-`. */
    facilities: given.INGEST_FACILITIES,
    prism: { storeField: given.PRISM_STORE_FIELD, itemFields: given.PRISM_ITEM_FIELDS } satisfies PrismSettings,
    requestsPerSecondMax: given.INGEST_REQUESTS_PER_SECOND_MAX,
    bytesPerSecondMax: given.INGEST_BYTES_PER_SECOND_MAX,
    inFlightMax: given.INGEST_IN_FLIGHT_MAX,
    allowVolatileQueue: given.ALLOW_VOLATILE_QUEUE,
    timeouts: {
      // What has not sent its headers in time has not arrived in time either.
      headersMs: Math.min(given.INGEST_HEADERS_SECONDS_MAX, given.INGEST_REQUEST_SECONDS_MAX) * SECOND_MS,
      requestMs: given.INGEST_REQUEST_SECONDS_MAX * SECOND_MS,
    },
  };
}

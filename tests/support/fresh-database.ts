// A migrated database of its own for a test: a copy of a template that the run migrates once, with the product's roles.
import { createHmac, randomBytes } from "node:crypto";
import { addressFor, type RoleKind, roleKinds, secureDatabase } from "@inventory-sync/db";
import pg from "pg";
import { inject } from "vitest";

export interface FreshDatabase {
  /** A superuser's. */
  readonly url: string;
  /** That of one of the product's roles, which have rights in migrated databases only. */
  urlFor(kind: RoleKind): string;
  /** Drops it, whoever is still connected. What is not dropped goes with the run's server. */
  drop(): Promise<void>;
}

const template = "inventory_template";
/** Two-key form, as ours are; the keys only have to differ from other users of this server. */
const templateLock = [7301, 1];

/** An empty database with all migrations applied. */
export async function freshDatabase(): Promise<FreshDatabase> {
  return createDatabase({ migrated: true });
}

/** A database with nothing in it at all. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  return createDatabase({ migrated: false });
}

async function createDatabase({ migrated }: { migrated: boolean }): Promise<FreshDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await asAdmin(async (admin) => {
    if (migrated) await ensureTemplate(admin);
    // Copying files takes half the processor time of writing each page into the log, and this server's log outlives nothing.
    await admin.query(`create database ${name} template ${migrated ? template : "template0"} strategy file_copy`);
    // What belongs to the database itself and not to a thing in it is not copied.
    if (migrated) await admin.query(`revoke temporary on database ${name} from public`);
    if (migrated) await admin.query(`grant temporary on database ${name} to inventory_queue`);
  });
  return {
    url: urlOf(name),
    urlFor: (kind) => addressFor(urlOf(name), kind, passwordOf(kind)),
    drop: () => asAdmin(async (admin) => void (await admin.query(`drop database if exists ${name} with (force)`))),
  };
}

async function ensureTemplate(admin: pg.Client): Promise<void> {
  if (await exists(admin)) return;
  await admin.query("select pg_advisory_lock($1, $2)", templateLock);
  try {
    if (await exists(admin)) return;
    const unfinished = `${template}_${randomBytes(4).toString("hex")}`;
    await admin.query(`create database ${unfinished} template template0`);
    await secureDatabase(urlOf(unfinished), Object.fromEntries(roleKinds.map((kind) => [kind, passwordOf(kind)])));
    await admin.query(`alter database ${unfinished} rename to ${template}`);
  } finally {
    await admin.query("select pg_advisory_unlock($1, $2)", templateLock);
  }
}

async function exists(admin: pg.Client): Promise<boolean> {
  const found = await admin.query("select 1 from pg_database where datname = $1", [template]);
  return found.rowCount === 1;
}

async function asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: inject("postgresUrl") });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** The roles stand in the whole server, so that each test file must find the same passwords. */
function passwordOf(kind: RoleKind): string {
  return createHmac("sha256", new URL(inject("postgresUrl")).password)
    .update(kind)
    .digest("hex");
}

function urlOf(name: string): string {
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${name}`;
  return url.href;
}

// One folder for all that a test run writes, so that nothing stays behind: it goes at the end, and what a killed run left goes at the next start.
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";

const prefix = "inventory-sync-tests-";

/** Makes the run's folder, which accounts without rights can reach too (PostgreSQL needs that when the tests run as root). */
export async function openRunFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  await chmod(folder, 0o755);
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

/** A new, empty folder for one test, reachable for accounts without rights. @param name begins its name */
export async function freshFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(inject("runFolder"), `${name}-`));
  await chmod(folder, 0o755);
  return folder;
}

async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = name.startsWith(prefix) ? (/-(\d+)-[^-]+$/.exec(name) ?? []) : [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    // Somebody else's, when it cannot be removed.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

// The folder of a run, and small disks in it for filling: only the superuser of a machine that lets loop devices be mounted
// can have those.
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Disks } from "../fault.ts";

const run = promisify(execFile);
const prefix = "inventory-sync-faults-";
const bytesOf = { postgres: 420 * 1024 ** 2, spool: 128 * 1024 ** 2 };

export interface RunFolder {
  readonly folder: string;
  readonly disks: Disks | undefined;
  /** Why there are no disks, in words. */
  readonly noDisks: string | undefined;
  remove(): Promise<void>;
}

/** What a run left behind that was killed itself. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = name.startsWith(prefix) ? (/-(\d+)-[^-]+$/.exec(name) ?? []) : [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    for (const disk of ["disk-postgres", "disk-spool"])
      await run("umount", ["-l", join(tmpdir(), name, disk)]).catch(() => undefined);
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

/** Makes it, below the system's folder for such things. */
export async function openRunFolder(wantDisks: boolean): Promise<RunFolder> {
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  // PostgreSQL runs under an account without rights when the run is the superuser's.
  await chmod(folder, 0o755);
  const mounted: string[] = [];
  const disk = async (name: keyof typeof bytesOf): Promise<string> => {
    const image = join(folder, `${name}.img`);
    const place = join(folder, `disk-${name}`);
    const file = await open(image, "w");
    await file.truncate(bytesOf[name]);
    await file.close();
    await run("mkfs.ext4", ["-q", "-m", "0", image]);
    await mkdir(place);
    await run("mount", ["-o", "loop", image, place]);
    mounted.push(place);
    return place;
  };
  let disks: Disks | undefined;
  let noDisks = wantDisks ? undefined : "not asked for";
  try {
    if (wantDisks) disks = { postgres: await disk("postgres"), spool: await disk("spool") };
  } catch (error) {
    noDisks = `no disk of its own could be mounted (${String((error as Error).message).split("\n")[0]})`;
  }
  return {
    ...{ folder, disks, noDisks },
    remove: async () => {
      for (const place of mounted) await run("umount", ["-l", place]);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

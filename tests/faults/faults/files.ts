// The SFTP server dies during a download, and disks are full.
import { rm, statfs } from "node:fs/promises";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";
import type { Random } from "../random.ts";

const sftpKilled: Fault = {
  name: "sftp-kill-in-download",
  what: "kill -9 of the SFTP server in the middle of a download",
  inject: async ({ world, random, note }) => {
    let times = 0;
    for (let time = 0; time < 3; time += 1) {
      const bytes = random.int(2_500, 40_000);
      const bit = await new Promise<boolean>((resolve) => {
        const late = setTimeout(() => resolve(false), 3_000);
        for (const app of ["worker-1", "worker-2"] as const) {
          world.proxy(app, "sftp").afterBytes(bytes, () => {
            clearTimeout(late);
            void world.sftp.kill().then(() => resolve(true));
          });
        }
      });
      if (bit) note(`kill -9 sftp after ${bytes} bytes`);
      times += bit ? 1 : 0;
      await sleep(random.int(100, 1_000));
      await world.sftp.ensure();
    }
    return times;
  },
};

const sftpCut: Fault = {
  name: "sftp-cut",
  what: "the connections to the SFTP server are cut, again and again",
  inject: async ({ world, random, note }) => {
    for (let time = 0; time < 6; time += 1) {
      for (const app of ["worker-1", "board"] as const) world.proxy(app, "sftp").cut();
      await sleep(random.int(200, 900));
    }
    note("cut 6 times");
    return 6;
  },
};

/** Fills a disk to its last bytes, holds it so, and makes room again. */
async function fill(folder: string, random: Random): Promise<{ bytes: number; release(): Promise<void> }> {
  const path = join(folder, "ballast");
  const file = await open(path, "w");
  let bytes = 0;
  try {
    const chunk = Buffer.alloc(256 * 1024, random.int(1, 255));
    for (;;) {
      const { bytesWritten } = await file.write(chunk);
      bytes += bytesWritten;
      if (bytesWritten < chunk.length) break;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    await file.close().catch(() => undefined);
  }
  return { bytes, release: () => rm(path, { force: true }) };
}

const postgresFull: Fault = {
  name: "postgres-disk-full",
  what: "the disk of PostgreSQL is full",
  needs: "disk",
  inject: async ({ world, random, note, disks }) => {
    if (disks === undefined) return 0;
    const ballast = await fill(disks.postgres, random);
    const ms = random.int(3_000, 6_000);
    note(`PostgreSQL's disk is full (${Math.round(ballast.bytes / 1e6)} MB of ballast) for ${ms} ms`);
    await sleep(ms);
    await ballast.release();
    await world.servers.ensure();
    return 1;
  },
};

const spoolFull: Fault = {
  name: "spool-disk-full",
  what: "the disk that snapshot files are downloaded to is full",
  needs: "disk",
  inject: async ({ random, note, disks }) => {
    if (disks === undefined) return 0;
    const ballast = await fill(disks.spool, random);
    const { bavail, bsize } = await statfs(disks.spool);
    const ms = random.int(2_000, 5_000);
    note(`${bavail * bsize} bytes are free for the spool file, for ${ms} ms`);
    await sleep(ms);
    await ballast.release();
    return 1;
  },
};

export const fileFaults: readonly Fault[] = [sftpKilled, sftpCut, postgresFull, spoolFull];

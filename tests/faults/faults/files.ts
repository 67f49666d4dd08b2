// The SFTP server dies during a download, and disks are full.
import { open, readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";
import type { Random } from "../random.ts";
import { withClient } from "../world/servers.ts";
import type { World } from "../world/world.ts";

/** A download comes by within so long, or the traffic is over. */
const comesByMsMax = 5_000;
const lookAgainMs = 100;

const sftpKilled: Fault = {
  name: "sftp-kill-in-download",
  what: "kill -9 of the SFTP server in the middle of a download",
  inject: async ({ world, random, note }) => {
    let times = 0;
    for (let time = 0; time < 3; time += 1) {
      // Signing in takes about 3 kB, the larger files 20 kB.
      const bytes = random.chance(0.4) ? random.int(1_000, 3_500) : random.int(3_500, 20_000);
      const bit = await new Promise<boolean>((resolve) => {
        const late = setTimeout(() => resolve(false), comesByMsMax);
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

const sftpSilent: Fault = {
  name: "sftp-partition",
  what: "the SFTP server stops answering for some seconds, and nobody is told",
  inject: async ({ world, random, note }) => {
    const ms = random.int(1_500, 4_000);
    note(`worker-1 and sftp: nothing passes for ${ms} ms`);
    world.proxy("worker-1", "sftp").freeze();
    await sleep(ms);
    world.proxy("worker-1", "sftp").heal();
    return 1;
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
  on: "postgres",
  needs: "disk",
  inject: async ({ world, random, note, disks }) => {
    if (disks === undefined) return 0;
    const before = linesWith(await readFile(world.servers.postgresLog, "utf8"), "No space left on device");
    const ballast = await fill(disks.postgres, random);
    const ms = random.int(3_000, 6_000);
    note(`PostgreSQL's disk is full (${Math.round(ballast.bytes / 1e6)} MB of ballast) for ${ms} ms`);
    // There is room in the files that are there; new ones must be needed.
    await withClient(world.servers.postgresUrl(), async (client) => {
      for (let segment = 0; segment < 3; segment += 1) {
        await client.query("select pg_switch_wal()");
        await client.query("select pg_current_xact_id()");
      }
    }).catch((error: Error) => note(`PostgreSQL answers: ${error.message}`));
    await sleep(ms);
    await ballast.release();
    await world.servers.ensure();
    const complaints = linesWith(await readFile(world.servers.postgresLog, "utf8"), "No space left on device") - before;
    note(`PostgreSQL complained ${complaints} times`);
    return complaints;
  },
};

const spoolFull: Fault = {
  name: "spool-disk-full",
  what: "the disk that snapshot files are downloaded to is full",
  needs: "disk",
  inject: async ({ world, random, note, disks }) => {
    if (disks === undefined) return 0;
    const ballast = await fill(disks.spool, random);
    const { bavail, bsize } = await statfs(disks.spool);
    const ms = random.int(2_000, 5_000);
    note(`${bavail * bsize} bytes are free for the spool file, for ${ms} ms`);
    const until = Date.now() + ms;
    let met = 0;
    while (Date.now() < until) {
      met = Math.max(met, await waitingForRoom(world));
      await sleep(lookAgainMs);
    }
    await ballast.release();
    note(`${met} resets met it`);
    return met;
  },
};

/** The resets that are tried again later because their file did not fit, as the board shows their jobs. */
async function waitingForRoom(world: World): Promise<number> {
  const url = `${world.boardUrl}/queues/api/queues?activeQueue=resets&status=delayed&page=1&jobsPerPage=50`;
  const headers = { authorization: `Bearer ${world.boardToken}` };
  const text = await fetch(url, { headers }).then(
    (response) => response.text(),
    () => "",
  );
  const { queues = [] } = JSON.parse(text === "" ? "{}" : text) as { queues?: { jobs: object[] }[] };
  const jobs = queues.flatMap((queue) => queue.jobs);
  return jobs.filter((job) => JSON.stringify(job).includes("cannot be downloaded")).length;
}

const linesWith = (text: string, words: string): number =>
  text.split("\n").filter((line) => line.includes(words)).length;

export const fileFaults: readonly Fault[] = [sftpKilled, sftpCut, sftpSilent, postgresFull, spoolFull];

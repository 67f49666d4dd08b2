// Where a run's files are written: into memory where the machine has it to spare, since a run makes and drops hundreds of databases.
import { constants } from "node:fs";
import { access, readFile, statfs } from "node:fs/promises";

const memory = "/dev/shm";
/** Room for the databases that are there at once, and for the large files of some tests; as much memory again stays for the processes. */
const bytesMin = 6 * 1024 ** 3;

/** A folder in memory; undefined where there is none, or too little memory beside it. */
export async function memoryFolder(): Promise<string | undefined> {
  try {
    await access(memory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(memory);
    const [, free] = /^MemAvailable: +(\d+) kB$/m.exec(await readFile("/proc/meminfo", "utf8")) ?? [];
    return bavail * bsize >= bytesMin && Number(free) * 1024 >= 2 * bytesMin ? memory : undefined;
  } catch {
    return undefined;
  }
}

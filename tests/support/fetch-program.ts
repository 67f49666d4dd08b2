// A program that this machine lacks, fetched for one run of ours.
import { fileURLToPath } from "node:url";
import { searchFirst } from "./config.ts";
import { getProgram, type Wanted } from "./get-program.ts";

/** Fetches it into .cache and has it found from here on; says in a line where it is, or why not. @param users what cannot run without it */
export async function fetchProgram(wanted: Wanted, users: string): Promise<void> {
  const { name } = wanted;
  const got = await getProgram(fileURLToPath(new URL(`../../.cache/${name}`, import.meta.url)), wanted);
  if ("folder" in got) {
    searchFirst(got.folder);
    process.stdout.write(
      `No ${name} on PATH: using one from the system's packages, unpacked into ${got.folder} (nothing was installed).\n`,
    );
  } else {
    process.stdout.write(`No ${name} on PATH, and none could be fetched (${got.reason}): ${users} are skipped.\n`);
  }
}

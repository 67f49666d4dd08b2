// A snapshot on the local disk once all of it is there.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type Inbox, type InboxFile, type SpoolOptions, spoolFile } from "../../src/index.ts";

/** Downloads a file into a folder, all of it; one that fails leaves nothing. */
export async function spoolWhole(
  inbox: Pick<Inbox, "open" | "stat">,
  file: InboxFile,
  { dir, ...options }: Omit<SpoolOptions, "path"> & { readonly dir: string },
) {
  const path = join(dir, randomUUID());
  const spool = await spoolFile(inbox, file, { path, ...options });
  try {
    return { ...spool, path, bytes: file.size, sha256: await spool.sha256 };
  } catch (error) {
    await spool.dispose();
    throw error;
  }
}

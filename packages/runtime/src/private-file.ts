// Files with secrets in them: for their owner only, and never half of one.
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

const ownerOnly = 0o600;

/** Writes a file of mode 0600 under another name and moves it into place once it is on disk, so that a reader or a crash meets the whole of one. */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  const unfinished = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(unfinished, "wx", ownerOnly);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

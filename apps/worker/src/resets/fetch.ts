// Reset flow, step 3 of 7: the settled file comes to this machine, and what its sender said about the whole of it is
// held against what arrived.
import { join } from "node:path";
import { checkHash, type Manifest } from "@inventory-sync/domain";
import { type Inbox, type InboxFile, type Spooled, spoolFile } from "@inventory-sync/sftp";

const FILE_BYTES_MAX = 8 * 1024 ** 3;

/** A file on this machine with what its sender said of it. Dispose of `spooled` when done. */
export interface FetchedFile {
  readonly file: InboxFile;
  readonly spooled: Spooled;
  readonly manifest: Manifest;
  /** True when the sender said how much of it there is: a row count or a hash. */
  readonly announced: boolean;
}

/**
 * Downloads the file and checks its hash where one was announced.
 * @throws FileRefused HASH_MISMATCH, BAD_MANIFEST, FILE_TOO_LARGE; FileChanged; SftpFailure
 */
export async function fetchFile(
  inbox: Inbox,
  file: InboxFile,
  { dataDir, onProgress }: { readonly dataDir: string; readonly onProgress: (bytes: number) => void },
): Promise<FetchedFile> {
  const sidecars = await inbox.readSidecars(file.name);
  const spooled = await spoolFile(inbox, file, { dir: join(dataDir, "spool"), bytesMax: FILE_BYTES_MAX, onProgress });
  try {
    const manifest = sidecars.manifest ?? {};
    checkHash({ name: file.name, sha256: spooled.sha256 }, [manifest.sha256, sidecars.sha256]);
    const announced = [manifest.rows, manifest.sha256, sidecars.sha256].some((each) => each !== undefined);
    return { file, spooled, manifest, announced };
  } catch (error) {
    await spooled.dispose();
    throw error;
  }
}

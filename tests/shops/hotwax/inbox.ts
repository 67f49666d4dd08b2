// The SFTP folder from which HotWax takes reset files: each row for itself, the refused ones into error/ with the reason behind them, the file
// into archive/.
import { watch } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startSftp } from "@inventory-sync/local";
import { Refused, type Stock } from "./stock.ts";

/** What happens to files. */
interface FileFaults {
  /** Uploads are cut off as soon as they have begun. */
  readonly cutUploads?: boolean;
  /** Rows of these products are refused. */
  readonly refuses?: readonly string[];
  /** Files are refused as a whole. */
  readonly refusesFiles?: boolean;
  /** Files are taken and stay where they are. */
  readonly doesNotArchive?: boolean;
}

const FOLDER = "reset/incoming";

/** Starts the server over a folder that is there. */
export async function openInbox({ folder, password }: { folder: string; password: string }, stock: Stock) {
  const root = join(folder, "root");
  const incoming = join(root, FOLDER);
  let faults: FileFaults = {};
  const clear = async () => {
    faults = {};
    await mkdir(incoming, { recursive: true });
    for (const name of await readdir(incoming)) await rm(join(incoming, name), { recursive: true });
  };
  await clear();
  const account = { username: "inventory", password };
  const server = await startSftp({ root, ...account, hostKeyFile: join(folder, "host-key") });
  watch(incoming, (_event, name) => {
    if (faults.cutUploads && name?.endsWith(".part")) server.dropConnections();
  });
  return {
    access: {
      port: server.port,
      username: account.username,
      hostKeySha256: server.hostKeySha256,
      folder: FOLDER,
      root,
    },
    clear,
    misbehave: (given: FileFaults): void => {
      faults = given;
    },
    /** Takes the files that are there, in the order of their names. */
    run: async (): Promise<string[]> => {
      const names = (await readdir(incoming)).filter((name) => name.endsWith(".csv")).toSorted();
      for (const name of names) await take(incoming, name, { faults, stock });
      return names;
    },
  };
}

async function take(
  incoming: string,
  name: string,
  { faults, stock }: { readonly faults: FileFaults; readonly stock: Stock },
): Promise<void> {
  const move = async (to: string) => {
    await mkdir(join(incoming, to), { recursive: true });
    await rename(join(incoming, name), join(incoming, to, name));
  };
  if (faults.refusesFiles) return move("error");
  const [header = "", ...lines] = (await readFile(join(incoming, name), "utf8"))
    .split("\n")
    .filter((line) => line !== "");
  const columns = header.toLowerCase().split(",");
  const refused: string[] = [];
  for (const line of lines) {
    const cells = cellsOf(line);
    const row = Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ""]));
    try {
      if (faults.refuses?.includes(row.idvalue ?? "")) throw new Refused(`Product with SKU ${row.idvalue}: Not Found`);
      stock.set(row);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.push(`${line},"${error.message}"`);
    }
  }
  if (refused.length > 0) {
    await mkdir(join(incoming, "error"), { recursive: true });
    await writeFile(join(incoming, "error", name), [`${header},error`, ...refused, ""].join("\n"));
  }
  if (!faults.doesNotArchive) await move("archive");
}

/** The cells of a line, of which some may stand in quotes. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"]|"")*)"|([^,"]+)|(?<=,|^)(?=,|$)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
  );
}

// What the shop has in stock, as it was told: of each product in each store the number with the largest sequence (of two with the same, the later one), kept in a file of lines to
// which what is newer is added.
import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import type { ShopLevel } from "./message.ts";

export interface Stock {
  /** Keeps what is newer than what is there. Resolves once it is in the file, with what was newer. */
  keep(levels: readonly ShopLevel[]): Promise<ShopLevel[]>;
  /** Everything from a sequence on, oldest first. Many levels may have the same: 0 have all that have not changed since there are channels. */
  from(sequence: number): ShopLevel[];
}

/** Opens the stock of an earlier start, if there is one. */
export async function openStock(file: string): Promise<Stock> {
  const levels = new Map<string, ShopLevel>();
  const take = (given: readonly ShopLevel[]): ShopLevel[] =>
    given.filter((level) => {
      const key = JSON.stringify([level.facilityId, level.idType, level.idValue]);
      if ((levels.get(key)?.sequence ?? -1) > level.sequence) return false;
      levels.set(key, level);
      return true;
    });
  take(linesOf(await readFile(file, "utf8").catch(() => "")));
  await writeFile(`${file}.part`, textOf([...levels.values()]));
  await rename(`${file}.part`, file);
  let written = Promise.resolve();
  return {
    keep: async (given) => {
      const newer = take(given);
      written = written.then(() => appendFile(file, textOf(newer)));
      await written;
      return newer;
    },
    from: (sequence) =>
      [...levels.values()]
        .filter((level) => level.sequence >= sequence)
        .sort((one, other) => one.sequence - other.sequence),
  };
}

function textOf(levels: readonly ShopLevel[]): string {
  return levels.map((level) => `${JSON.stringify(level)}\n`).join("");
}

/** The last line of a shop that was killed may be half a line: it was not answered, so it comes again. */
function linesOf(text: string): ShopLevel[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ShopLevel);
}

// Flow 2, step 4: what is noticed of a file while its rows meet the catalogue, and told with its reset: points that may stand between
// thousands, and new stores whose ids are those of others but for their spelling.
import { lookKey, PointsInQuantities, showable } from "@inventory-sync/domain";

const NAMED_MAX = 5;

/** What is noticed of one file. */
export class FileNotes {
  readonly quantities = new PointsInQuantities();
  readonly #alike: string[] = [];
  #byKey: Map<string, string> | undefined;

  /** Is told of stores before they are made. @param known all that there are */
  newFacilities(ids: readonly string[], known: Iterable<string>): void {
    this.#byKey ??= new Map([...known].map((id) => [lookKey(id), id]));
    for (const id of ids) {
      const key = lookKey(id);
      const other = key === "" ? undefined : this.#byKey.get(key);
      if (other === undefined) this.#byKey.set(key, id);
      else if (this.#alike.length <= NAMED_MAX) this.#alike.push(`${showable(id)} beside ${showable(other)}`);
    }
  }

  /** What is to be said of the file. @param rows that it has */
  doubts(rows: number): string[] {
    const points = this.quantities.doubt(rows);
    return [...(points === undefined ? [] : [points]), ...(this.#alike.length === 0 ? [] : [alikeText(this.#alike)])];
  }
}

function alikeText(alike: readonly string[]): string {
  const named = `${alike.slice(0, NAMED_MAX).join(", ")}${alike.length > NAMED_MAX ? ", …" : ""}`;
  return `Stores were made whose ids are those of others but for case, blanks, dashes, leading zeros or letters that look like digits: ${named}. If two of them are one store, each has a part of its count: make them one on the page Names, correct the export, and send the file again.`;
}

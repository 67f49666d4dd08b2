// The rows of a reset file as HotWax reads them, and as it gives back those that it refuses: with the same columns and its reason behind them.
import type { RefusedRow } from "@inventory-sync/sftp";
import type { LevelToTell } from "../target.ts";
import { heldNumber } from "./kept.ts";

/**
 * `quantity` is read by imports of quantities on hand, `availableQty` with `resetByAtp` by the older service; both are the same number, and
 * both mean what lies there, whatever is reserved of it.
 */
const COLUMNS = [
  ...["facilityId", "locationSeqId", "idType", "idValue", "quantity", "availableQty", "resetByAtp", "comments"],
];

/** The types of ids that reset files spell otherwise than the call does. */
const FILE_ID_TYPES: Readonly<Record<string, string>> = {
  ...{ SKU: "sku", UPCA: "upca", Shopify_Prod_ID: "shopifyProductId" },
};

const REASON_CHARACTERS_MAX = 200;

/** The text of a file with one row a level. */
export function resetCsv(levels: readonly LevelToTell[], locationSeqId: string): string {
  const rows = levels.map((level) => {
    const { place, idType, idValue, sequence } = level;
    const number = String(heldNumber(level));
    const ids = [place, locationSeqId, FILE_ID_TYPES[idType] ?? idType, idValue];
    return [...ids, number, number, "false", `inventory-sync ${sequence}`];
  });
  return [COLUMNS, ...rows].map((cells) => `${cells.map(cellOf).join(",")}\n`).join("");
}

/** Which row of a file is a level's. */
export function rowKey({ place, idValue }: Pick<LevelToTell, "place" | "idValue">): string {
  return JSON.stringify([place, idValue]);
}

/** Why rows were refused, by their keys. */
export function refusalsOf(rows: readonly RefusedRow[]): ReadonlyMap<string, string> {
  const known = new Set(COLUMNS.map((name) => name.toLowerCase()));
  return new Map(
    rows.map((row) => {
      const reasons = Object.entries(row).flatMap(([name, value]) => (known.has(name) || value === "" ? [] : [value]));
      const reason = reasons.join(" ").slice(0, REASON_CHARACTERS_MAX) || "it is in error without a reason";
      return [rowKey({ place: row.facilityid ?? "", idValue: row.idvalue ?? "" }), reason];
    }),
  );
}

/** Only what CSV asks for: an id is never changed. */
function cellOf(text: string): string {
  return /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text;
}

// What somebody who runs the system does beside it: the catalogue and the audit.
import { type AuditReport, auditLevels, importCatalogue, openDatabase } from "@inventory-sync/db";
import type { System } from "../support/index.ts";

/** Adds a product under its SKU to the catalogue. */
export async function addProduct(system: System, sku: string): Promise<void> {
  const database = openDatabase({ url: system.databaseUrl, name: "operator" });
  try {
    await importCatalogue(database, [{ line: 1, productId: sku, idType: "SKU", idValue: sku }]);
  } finally {
    await database.close();
  }
}

/** Holds every level against its movements. */
export async function audit(system: System): Promise<AuditReport> {
  const database = openDatabase({ url: system.databaseUrl, name: "operator" });
  try {
    return await auditLevels(database);
  } finally {
    await database.close();
  }
}

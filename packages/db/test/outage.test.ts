// A database that is out of reach is told from one that is unwilling, whichever way it was asked.
import { isOutage, openDatabase } from "@inventory-sync/db";
import { describe, expect, it } from "vitest";
import { freshDatabase } from "../../../tests/support/index.ts";

const errorOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(() => undefined).catch((error: unknown) => error);

describe("an outage", () => {
  it("is a server that cannot be reached, asked through pg or through Prisma", async () => {
    const database = openDatabase({ url: "postgres://127.0.0.1:1/x", name: "test" });
    const errors = [
      await errorOf(database.pool.query("select 1")),
      await errorOf(database.prisma.facility.findMany()),
      await errorOf(database.prisma.$queryRaw`select 1`),
      await errorOf(database.transaction(async () => 1)),
    ];
    expect(errors.map(isOutage)).toEqual([true, true, true, true]);
    await database.close();
  });

  it("is no statement that the server refuses", async () => {
    const fresh = await freshDatabase();
    const database = openDatabase({ url: fresh.url, name: "test" });
    const double = { data: { facilityId: "S001" } };
    await database.prisma.facility.create(double);
    const errors = [
      await errorOf(database.pool.query("select nonsense")),
      await errorOf(database.prisma.facility.create(double)),
      await errorOf(database.prisma.$queryRaw`select nonsense`),
    ];
    expect(errors.map(isOutage)).toEqual([false, false, false]);
    await database.close();
    await fresh.drop();
  });
});

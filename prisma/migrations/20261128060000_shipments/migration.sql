-- When a shipment was acknowledged is kept beside the ledger, so that the ledger is only ever added to.

-- CreateTable
CREATE TABLE "shipment" (
    "facility_id" INTEGER NOT NULL,
    "event_id" TEXT NOT NULL,
    "acknowledged_at" TIMESTAMPTZ(3),

    CONSTRAINT "shipment_pkey" PRIMARY KEY ("facility_id","event_id")
);

-- CreateIndex
CREATE INDEX "shipment_acknowledged" ON "shipment"("facility_id", "acknowledged_at");


-- Beyond Prisma

INSERT INTO "shipment" ("facility_id", "event_id", "acknowledged_at")
SELECT "facility_id", "event_id", min("acknowledged_at")
  FROM "movement"
 WHERE "type" = 'shipment'
 GROUP BY "facility_id", "event_id";

-- DropIndex
DROP INDEX "movement_shipment";

-- AlterTable
ALTER TABLE "movement" DROP COLUMN "acknowledged_at";

-- Two names of one store, or of one product, may be made one, and that may be undone.

-- CreateTable
CREATE TABLE "name_merge" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "from_id" INTEGER NOT NULL,
    "into_id" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "who" TEXT NOT NULL,
    "figures" JSONB NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "merged_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "undone_at" TIMESTAMPTZ(3),
    "undone_by" TEXT,
    "undone_because" TEXT,

    CONSTRAINT "name_merge_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "merged_level" (
    "merge_id" UUID NOT NULL,
    "facility_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "counted" DECIMAL(20,4) NOT NULL,
    "as_of" TIMESTAMPTZ(3),
    "reset_id" UUID,
    "prior_as_of" TIMESTAMPTZ(3),
    "prior_reset_id" UUID,

    CONSTRAINT "merged_level_pkey" PRIMARY KEY ("merge_id","facility_id","product_id")
);

-- CreateTable
CREATE TABLE "merged_line" (
    "kind" TEXT NOT NULL,
    "facility_id" INTEGER NOT NULL,
    "event_id" TEXT NOT NULL,
    "line" INTEGER NOT NULL,
    "named_id" INTEGER NOT NULL,
    "given_back" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "merged_line_pkey" PRIMARY KEY ("kind","facility_id","event_id","line")
);

-- CreateIndex
CREATE INDEX "merged_line_named" ON "merged_line"("kind", "named_id");

-- CreateIndex
CREATE INDEX "name_merge_in_time" ON "name_merge"("merged_at");

-- AlterTable
ALTER TABLE "facility" ADD COLUMN "merged_into" INTEGER;

-- AlterTable
ALTER TABLE "product" ADD COLUMN "merged_into" INTEGER;

-- AlterTable
ALTER TABLE "product_identification" ADD COLUMN "named_id" INTEGER;

-- AlterTable
ALTER TABLE "movement" ADD COLUMN "merge_id" UUID;

-- CreateIndex
CREATE UNIQUE INDEX "name_merge_in_force" ON "name_merge"("kind", "from_id") WHERE (undone_at is null);

-- CreateIndex
CREATE INDEX "facility_merged" ON "facility"("id") WHERE (merged_into is not null);

-- CreateIndex
CREATE INDEX "product_merged" ON "product"("id") WHERE (merged_into is not null);


-- Beyond Prisma

ALTER TABLE "name_merge" ADD CONSTRAINT "name_merge_kind_known" CHECK ("kind" IN ('facility', 'product'));

-- Not validated: each row that is there was held to a narrower list, and the ledger may be large.
ALTER TABLE "movement" DROP CONSTRAINT "movement_type_known";
ALTER TABLE "movement" ADD CONSTRAINT "movement_type_known"
  CHECK ("type" IN ('sale', 'return', 'adjustment', 'shipment', 'shipment-acknowledged', 'correction', 'revert', 'merge')) NOT VALID;
ALTER TABLE "movement" DROP CONSTRAINT "movement_quantity_within_bounds";
ALTER TABLE "movement" ADD CONSTRAINT "movement_quantity_within_bounds"
  CHECK ("type" IN ('correction', 'revert', 'merge') OR abs("quantity") < 10000000000) NOT VALID;

-- The rows of a snapshot file are staged in parts, many rows to a table row. What was staged before is staged again.
-- DropTable
DROP TABLE "snapshot_row";

-- CreateTable
CREATE TABLE "snapshot_part" (
    "reset_id" UUID NOT NULL,
    "facility_id" INTEGER NOT NULL,
    "part" INTEGER NOT NULL,
    "product_ids" INTEGER[],
    "lines" INTEGER[],
    "locations" TEXT[],
    "quantities" DECIMAL(14,4)[],
    "as_ofs" TIMESTAMPTZ(3)[],

    CONSTRAINT "snapshot_part_pkey" PRIMARY KEY ("reset_id","facility_id","part")
);

-- By hand from here on: what Prisma has no words for.
ALTER TABLE "snapshot_part" SET UNLOGGED;

-- They live for minutes, and compressing them takes longer than writing them.
ALTER TABLE "snapshot_part"
  ALTER "product_ids" SET STORAGE EXTERNAL,
  ALTER "lines" SET STORAGE EXTERNAL,
  ALTER "locations" SET STORAGE EXTERNAL,
  ALTER "quantities" SET STORAGE EXTERNAL,
  ALTER "as_ofs" SET STORAGE EXTERNAL;

-- The staged rows, one by one.
CREATE VIEW "snapshot_row" AS
  SELECT p.reset_id, p.facility_id, r.product_id, r.line, coalesce(r.location, '') AS location, r.quantity, r.as_of
    FROM snapshot_part p
   CROSS JOIN LATERAL unnest(p.product_ids, p.lines, p.locations, p.quantities, p.as_ofs)
           AS r (product_id, line, location, quantity, as_of);

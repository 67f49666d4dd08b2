-- Old movements in files, opening rows in their place. An archived event stays known (R2) by its key.

-- AlterTable
ALTER TABLE "facility" ADD COLUMN     "archived_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "ledger_archive" (
    "facility_id" INTEGER NOT NULL,
    "month" TEXT NOT NULL,
    "part" INTEGER NOT NULL,
    "file" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "rows" INTEGER NOT NULL,
    "effect" DECIMAL(30,4) NOT NULL,
    "archived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "restored_at" TIMESTAMPTZ(3),

    CONSTRAINT "ledger_archive_pkey" PRIMARY KEY ("facility_id","month","part")
);

-- CreateTable
CREATE TABLE "archived_event" (
    "facility_id" INTEGER NOT NULL,
    "key" BYTEA NOT NULL,
    "content" BYTEA NOT NULL,
    "lines" INTEGER[],

    CONSTRAINT "archived_event_pkey" PRIMARY KEY ("facility_id","key")
);

-- CreateIndex
CREATE INDEX "facility_archived" ON "facility"("id") WHERE archived_until is not null;

-- Beyond Prisma

-- Not validated: each row that is there was held to a narrower list, and the ledger may be large.
ALTER TABLE "movement" DROP CONSTRAINT "movement_type_known";
ALTER TABLE "movement" ADD CONSTRAINT "movement_type_known"
  CHECK ("type" IN ('sale', 'return', 'adjustment', 'shipment', 'shipment-acknowledged', 'correction', 'revert', 'merge', 'opening')) NOT VALID;
ALTER TABLE "movement" DROP CONSTRAINT "movement_quantity_within_bounds";
ALTER TABLE "movement" ADD CONSTRAINT "movement_quantity_within_bounds"
  CHECK ("type" IN ('correction', 'revert', 'merge', 'opening') OR abs("quantity") < 10000000000) NOT VALID;

-- An opening row changes no level, so it tells no channel anything.
CREATE OR REPLACE FUNCTION "note_level_change"() RETURNS trigger LANGUAGE plpgsql AS
  E'begin
      if exists (select from channel where mode <> ''removed'') then
        insert into level_change (facility_ids, product_ids, trace)
        select array_agg(c.facility_id), array_agg(c.product_id), nullif(current_setting(''inventory_sync.trace'', true), '''')
          from (select distinct facility_id, product_id from added where effect <> 0 and type <> ''opening'') c
        having count(*) > 0\x3b
      end if\x3b
      return null\x3b
    end';

-- A sale's trace goes on to the channels: the transaction that changes levels says which trace it is in (inventory_sync.trace, empty unless the
-- process is traced), and the newest one stands with a level's number until the level is told.
-- A channel says why it cannot be opened, and by which version of its API its target answers, and a faulty file is on record too.

-- CreateTable
CREATE TABLE "channels_file" (
    "id" INTEGER NOT NULL,
    "fault" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "channels_file_pkey" PRIMARY KEY ("id")
);

-- AlterTable
ALTER TABLE "level_change" ADD COLUMN     "trace" TEXT;

-- AlterTable
ALTER TABLE "level_mark" ADD COLUMN     "trace" TEXT;

-- AlterTable
ALTER TABLE "channel" ADD COLUMN     "closed_reason" TEXT,
ADD COLUMN     "closed_since" TIMESTAMPTZ(3),
ADD COLUMN     "other_version" TEXT,
ADD COLUMN     "other_version_since" TIMESTAMPTZ(3);

-- (A semicolon within the text is written \x3b, because the engine that applies migrations ends a statement at each.)
CREATE OR REPLACE FUNCTION "note_level_change"() RETURNS trigger LANGUAGE plpgsql AS
  E'begin
      if exists (select from channel where mode <> ''removed'') then
        insert into level_change (facility_ids, product_ids, trace)
        select array_agg(c.facility_id), array_agg(c.product_id), nullif(current_setting(''inventory_sync.trace'', true), '''')
          from (select distinct facility_id, product_id from added where effect <> 0) c
        having count(*) > 0\x3b
      end if\x3b
      return null\x3b
    end';

-- Channels: the downstream systems that are told levels. What changed is written with the change (level_change), numbered by one
-- transaction at a time (level_mark), and told to each channel behind its own number (channel.told_through).

-- CreateTable
CREATE TABLE "level_change" (
    "id" BIGSERIAL NOT NULL,
    "facility_ids" INTEGER[],
    "product_ids" INTEGER[],
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "level_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "level_mark" (
    "facility_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "sequence" BIGSERIAL NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "level_mark_pkey" PRIMARY KEY ("facility_id","product_id")
);

-- CreateTable
CREATE TABLE "channel" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "told_through" BIGINT NOT NULL DEFAULT 0,
    "behind_since" TIMESTAMPTZ(3),
    "paused_at" TIMESTAMPTZ(3),
    "paused_by" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "next_try_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "last_error_at" TIMESTAMPTZ(3),
    "last_published_at" TIMESTAMPTZ(3),
    "published" BIGINT NOT NULL DEFAULT 0,
    "lane_token" UUID,
    "lane_until" TIMESTAMPTZ(3),

    CONSTRAINT "channel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "channel_item" (
    "channel_id" INTEGER NOT NULL,
    "facility_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "told_on_hand" DECIMAL(20,4),
    "told_sequence" BIGINT,
    "told_at" TIMESTAMPTZ(3),
    "target" TEXT,
    "problem" TEXT,
    "message" TEXT,
    "problem_since" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "again" BOOLEAN NOT NULL DEFAULT false,
    "sent_delta" DECIMAL(20,4),

    CONSTRAINT "channel_item_pkey" PRIMARY KEY ("channel_id","facility_id","product_id")
);

-- CreateTable
CREATE TABLE "channel_run" (
    "id" UUID NOT NULL,
    "channel_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "facility_id" INTEGER,
    "state" TEXT NOT NULL DEFAULT 'running',
    "at_facility" INTEGER NOT NULL DEFAULT 0,
    "at_product" INTEGER NOT NULL DEFAULT 0,
    "done" INTEGER NOT NULL DEFAULT 0,
    "total" INTEGER NOT NULL,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "started_by" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "channel_run_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "level_mark_sequence" ON "level_mark"("sequence");

-- CreateIndex
CREATE UNIQUE INDEX "channel_name_key" ON "channel"("name");

-- CreateIndex
CREATE INDEX "channel_item_problem" ON "channel_item"("channel_id", "problem", "facility_id", "product_id") WHERE problem is not null;

-- CreateIndex
CREATE INDEX "channel_item_again" ON "channel_item"("channel_id") WHERE again;

-- CreateIndex
CREATE INDEX "channel_run_of_channel" ON "channel_run"("channel_id", "started_at");

-- AddForeignKey
ALTER TABLE "channel_item" ADD CONSTRAINT "channel_item_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "channel_run" ADD CONSTRAINT "channel_run_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Whatever adds to the ledger (sales, counts, reverts, repairs) notes in the same transaction which levels it changed, so that nothing
-- that changes stock can forget to, and no crash lies between. While there is no channel it costs one look at an empty table.
-- (A semicolon within the text is written \x3b, because the engine that applies migrations ends a statement at each.)
CREATE FUNCTION "note_level_change"() RETURNS trigger LANGUAGE plpgsql AS
  E'begin
      if exists (select from channel where mode <> ''removed'') then
        insert into level_change (facility_ids, product_ids)
        select array_agg(c.facility_id), array_agg(c.product_id)
          from (select distinct facility_id, product_id from added where effect <> 0) c
        having count(*) > 0\x3b
      end if\x3b
      return null\x3b
    end';

CREATE TRIGGER "movement_changes_levels" AFTER INSERT ON "movement" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "note_level_change"();

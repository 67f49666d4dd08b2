-- The ledger and its sums, resets with their staging, and the run ledger.
-- The part up to "Beyond Prisma" is what Prisma's engine makes of schema.prisma, the rest is what it has no words for.
-- (The engine splits a migration at every semicolon, in comments too: none may stand in one.)

-- CreateTable
CREATE TABLE "facility" (
    "id" SERIAL NOT NULL,
    "facility_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "facility_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "product" (
    "id" SERIAL NOT NULL,
    "id_type" TEXT NOT NULL,
    "id_value" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "product_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "product_identification" (
    "id_type" TEXT NOT NULL,
    "id_value" TEXT NOT NULL,
    "product_id" INTEGER NOT NULL,

    CONSTRAINT "product_identification_pkey" PRIMARY KEY ("id_type","id_value")
);

-- CreateTable
CREATE TABLE "movement" (
    "facility_id" INTEGER NOT NULL,
    "event_id" TEXT NOT NULL,
    "line" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "type" TEXT NOT NULL,
    "quantity" DECIMAL(20,4) NOT NULL,
    "effect" DECIMAL(20,4) NOT NULL,
    "absorbed" BOOLEAN NOT NULL DEFAULT false,
    "reset_id" UUID,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "clock_skew" BOOLEAN NOT NULL DEFAULT false,
    "acknowledged_at" TIMESTAMPTZ(3),
    "content" BYTEA NOT NULL,
    "reason" TEXT,

    CONSTRAINT "movement_pkey" PRIMARY KEY ("facility_id","event_id","line")
);

-- CreateTable
CREATE TABLE "shipment_acknowledgement" (
    "facility_id" INTEGER NOT NULL,
    "event_id" TEXT NOT NULL,
    "shipment_event_id" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "clock_skew" BOOLEAN NOT NULL DEFAULT false,
    "content" BYTEA NOT NULL,

    CONSTRAINT "shipment_acknowledgement_pkey" PRIMARY KEY ("facility_id","event_id")
);

-- CreateTable
CREATE TABLE "level" (
    "facility_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "on_hand" DECIMAL(20,4) NOT NULL,
    "as_of" TIMESTAMPTZ(3),
    "reset_id" UUID,
    "prior_as_of" TIMESTAMPTZ(3),
    "prior_reset_id" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "level_pkey" PRIMARY KEY ("facility_id","product_id")
);

-- CreateTable
CREATE TABLE "reset" (
    "id" UUID NOT NULL,
    "file" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "modified_at" TIMESTAMPTZ(3) NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL,
    "sha256" TEXT,
    "as_of" TIMESTAMPTZ(3),
    "as_of_from" TEXT,
    "state" TEXT NOT NULL DEFAULT 'staging',
    "preview" BOOLEAN NOT NULL DEFAULT false,
    "requested_by" TEXT NOT NULL,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "skipped" INTEGER NOT NULL DEFAULT 0,
    "generation" INTEGER NOT NULL DEFAULT 0,
    "fanned_out" INTEGER,
    "outcome" TEXT,
    "report" JSONB NOT NULL DEFAULT '{}',
    "timings" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "touched_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "archived_to" TEXT,

    CONSTRAINT "reset_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "facility_reset" (
    "reset_id" UUID NOT NULL,
    "facility_id" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "rows" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "corrected" INTEGER NOT NULL DEFAULT 0,
    "units_before" DECIMAL(24,4) NOT NULL DEFAULT 0,
    "units_after" DECIMAL(24,4) NOT NULL DEFAULT 0,
    "late_sales" DECIMAL(24,4) NOT NULL DEFAULT 0,
    "shipments" DECIMAL(24,4) NOT NULL DEFAULT 0,
    "unexplained" DECIMAL(24,4) NOT NULL DEFAULT 0,
    "stale" INTEGER NOT NULL DEFAULT 0,
    "absent" INTEGER NOT NULL DEFAULT 0,
    "borderline" INTEGER NOT NULL DEFAULT 0,
    "held_because" TEXT,
    "locked_ms" INTEGER,
    "error" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "facility_reset_pkey" PRIMARY KEY ("reset_id","facility_id")
);

-- CreateTable
CREATE TABLE "snapshot_row" (
    "reset_id" UUID NOT NULL,
    "facility_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "location" TEXT NOT NULL,
    "quantity" DECIMAL(14,4) NOT NULL,
    "as_of" TIMESTAMPTZ(3),

    CONSTRAINT "snapshot_row_pkey" PRIMARY KEY ("reset_id","facility_id","product_id","line")
);

-- CreateTable
CREATE TABLE "rejected_row" (
    "reset_id" UUID NOT NULL,
    "line" INTEGER NOT NULL,
    "facility_id" TEXT,
    "code" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "fields" TEXT[],

    CONSTRAINT "rejected_row_pkey" PRIMARY KEY ("reset_id","line")
);

-- CreateTable
CREATE TABLE "correction" (
    "reset_id" UUID NOT NULL,
    "facility_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "before" DECIMAL(20,4) NOT NULL,
    "counted" DECIMAL(20,4) NOT NULL,
    "late_sales" DECIMAL(20,4) NOT NULL,
    "shipments" DECIMAL(20,4) NOT NULL,
    "unexplained" DECIMAL(20,4) NOT NULL,
    "after" DECIMAL(20,4) NOT NULL,

    CONSTRAINT "correction_pkey" PRIMARY KEY ("reset_id","facility_id","product_id")
);

-- CreateTable
CREATE TABLE "scheduled_run" (
    "run_key" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'claimed',
    "claimed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "touched_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "outcome" TEXT,

    CONSTRAINT "scheduled_run_pkey" PRIMARY KEY ("run_key")
);

-- CreateIndex
CREATE UNIQUE INDEX "facility_outside_id" ON "facility"("facility_id");

-- CreateIndex
CREATE INDEX "product_identification_product_id_idx" ON "product_identification"("product_id");

-- CreateIndex
CREATE INDEX "movement_of_product" ON "movement"("facility_id", "product_id", "seq");

-- CreateIndex
CREATE INDEX "movement_in_time" ON "movement"("facility_id", "occurred_at");

-- CreateIndex
CREATE INDEX "movement_shipment" ON "movement"("facility_id", "acknowledged_at") WHERE (type = 'shipment');

-- CreateIndex
CREATE INDEX "acknowledgement_of_shipment" ON "shipment_acknowledgement"("facility_id", "shipment_event_id");

-- CreateIndex
CREATE INDEX "reset_created_at_idx" ON "reset"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "reset_open_on_file" ON "reset"("file") WHERE (finished_at is null);

-- CreateIndex
CREATE INDEX "facility_reset_of_facility" ON "facility_reset"("facility_id", "reset_id");

-- CreateIndex
CREATE INDEX "scheduled_run_due_at_idx" ON "scheduled_run"("due_at");

-- AddForeignKey
ALTER TABLE "product_identification" ADD CONSTRAINT "product_identification_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "facility_reset" ADD CONSTRAINT "facility_reset_reset_id_fkey" FOREIGN KEY ("reset_id") REFERENCES "reset"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rejected_row" ADD CONSTRAINT "rejected_row_reset_id_fkey" FOREIGN KEY ("reset_id") REFERENCES "reset"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "correction" ADD CONSTRAINT "correction_reset_id_fkey" FOREIGN KEY ("reset_id") REFERENCES "reset"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- Beyond Prisma

-- Staging is rebuilt from the file after a crash, so it needs no write-ahead log. Its row counts stand in facility_reset.
ALTER TABLE "snapshot_row" SET UNLOGGED;

-- Levels are updated in place all day, and room on the page keeps those updates off the index.
ALTER TABLE "level" SET (fillfactor = 80);

ALTER TABLE "movement" ADD CONSTRAINT "movement_type_known"
  CHECK ("type" IN ('sale', 'return', 'adjustment', 'shipment', 'shipment-acknowledged', 'correction', 'revert'));
-- What comes from outside is numeric(14,4), only a correction may be as wide as a sum.
ALTER TABLE "movement" ADD CONSTRAINT "movement_quantity_within_bounds"
  CHECK ("type" IN ('correction', 'revert') OR abs("quantity") < 10000000000);
ALTER TABLE "movement" ADD CONSTRAINT "movement_absorbed_has_no_effect" CHECK (NOT "absorbed" OR "effect" = 0);

ALTER TABLE "reset" ADD CONSTRAINT "reset_state_known"
  CHECK ("state" IN ('staging', 'reconciling', 'completed', 'completed-with-holds', 'failed', 'preview', 'reverted'));
ALTER TABLE "facility_reset" ADD CONSTRAINT "facility_reset_state_known"
  CHECK ("state" IN ('pending', 'reconciling', 'applied', 'held', 'rejected', 'stale', 'failed', 'reverted'));
ALTER TABLE "scheduled_run" ADD CONSTRAINT "scheduled_run_state_known" CHECK ("state" IN ('claimed', 'done', 'skipped'));

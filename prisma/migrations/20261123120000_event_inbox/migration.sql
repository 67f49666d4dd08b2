-- Events accepted into PostgreSQL before the 202 (ACCEPT_INTO=inbox), until the ledger has them.

-- CreateTable
CREATE TABLE "accepted_event" (
    "id" BIGSERIAL NOT NULL,
    "facility_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "content" BYTEA NOT NULL,
    "payload" JSONB NOT NULL,
    "client" TEXT NOT NULL,
    "accepted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "sweeps" INTEGER NOT NULL DEFAULT 0,
    "sweep_at" TIMESTAMPTZ(3),
    "rejected_code" TEXT,

    CONSTRAINT "accepted_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "accepted_event_once" ON "accepted_event"("facility_id", "event_id", "content");

-- CreateIndex
CREATE INDEX "accepted_event_due" ON "accepted_event"("sweep_at");

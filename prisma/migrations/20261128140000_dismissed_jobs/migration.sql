-- Failed jobs that an operator has dismissed, with what they carried. Kept as long as the ledger is.

-- CreateTable
CREATE TABLE "dismissed_job" (
    "id" BIGSERIAL NOT NULL,
    "dismissed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "who" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "queue" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "cause" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "facility_id" TEXT,
    "failed_at" TIMESTAMPTZ(3) NOT NULL,
    "lost" INTEGER NOT NULL,
    "payload" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'kept',

    CONSTRAINT "dismissed_job_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "dismissed_job_state" CHECK ("state" IN ('kept', 'dismissed', 'retried'))
);

-- CreateIndex
CREATE INDEX "dismissed_job_in_time" ON "dismissed_job"("dismissed_at");

-- Retries of many failed jobs, so that one that was under way when a board stopped is gone on with by the next.

-- CreateTable
CREATE TABLE "job_retry" (
    "id" UUID NOT NULL,
    "filter" JSONB NOT NULL,
    "target" TEXT NOT NULL,
    "who" TEXT NOT NULL,
    "role" TEXT,
    "by" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "total" INTEGER NOT NULL,
    "looked" INTEGER NOT NULL DEFAULT 0,
    "retried" INTEGER NOT NULL DEFAULT 0,
    "place" TEXT,
    "error" TEXT,
    "owner" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "touched_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "job_retry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "job_retry_newest" ON "job_retry"("started_at");

-- What operators did about failed jobs, so that the end of an alarm says it.

-- CreateTable
CREATE TABLE "job_retry" (
    "id" BIGSERIAL NOT NULL,
    "retried_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "who" TEXT NOT NULL,
    "queue" TEXT NOT NULL,
    "cause" TEXT NOT NULL,
    "retried" INTEGER NOT NULL,
    "done" INTEGER,
    "failed_again" INTEGER,

    CONSTRAINT "job_retry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "job_retry_in_time" ON "job_retry"("retried_at");

-- AlterTable
ALTER TABLE "alarm" ADD COLUMN "outcome" TEXT;

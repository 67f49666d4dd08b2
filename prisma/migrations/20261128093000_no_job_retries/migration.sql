-- Retries of many failed jobs are no longer on record: one that ends with its board is simply asked for again.

-- DropTable
DROP TABLE "job_retry";

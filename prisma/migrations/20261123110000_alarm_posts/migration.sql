-- What an alarm is about, and what the webhook has been told of it.

-- AlterTable
ALTER TABLE "alarm" ADD COLUMN "facility_id" TEXT;
ALTER TABLE "alarm" ADD COLUMN "reset_id" UUID;
ALTER TABLE "alarm" ADD COLUMN "file" TEXT;
ALTER TABLE "alarm" ADD COLUMN "cleared_posted_at" TIMESTAMPTZ(3);
ALTER TABLE "alarm" ADD COLUMN "post_attempts" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "alarm" ADD COLUMN "next_post_at" TIMESTAMPTZ(3);

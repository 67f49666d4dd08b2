-- Who has taken an alarm on, and how large it was then.

-- AlterTable
ALTER TABLE "alarm" ADD COLUMN "size" INTEGER;
ALTER TABLE "alarm" ADD COLUMN "acknowledged_at" TIMESTAMPTZ(3);
ALTER TABLE "alarm" ADD COLUMN "acknowledged_by" TEXT;
ALTER TABLE "alarm" ADD COLUMN "acknowledged_note" TEXT;
ALTER TABLE "alarm" ADD COLUMN "acknowledged_size" INTEGER;

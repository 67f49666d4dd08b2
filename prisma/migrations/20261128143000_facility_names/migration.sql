-- A facility may have a name for people, and may be retired: no count is expected to list it any more, and its silence is no alarm.

-- AlterTable
ALTER TABLE "facility" ADD COLUMN "name" TEXT,
ADD COLUMN "retired_at" TIMESTAMPTZ(3);

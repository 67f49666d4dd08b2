-- A job whose event was booked under an id of its own says under which. A refused request says what its sender can be told: how many
-- events it had, how many of them had a fault, and whether its signature was good and only late.

-- AlterTable
ALTER TABLE "client_minute" ADD COLUMN "bad_signatures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "late_signatures" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "dismissed_job" ADD COLUMN "booked_as" TEXT;

-- AlterTable
ALTER TABLE "refused_request" ADD COLUMN "events" INTEGER,
ADD COLUMN "faulty" INTEGER,
ADD COLUMN "signature" TEXT;

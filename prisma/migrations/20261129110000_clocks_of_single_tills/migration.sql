-- Of a store with several tills one may say a wrong time: events that are late by just one number of half hours, and all that are late.

-- AlterTable
ALTER TABLE "facility_clock" ADD COLUMN "late_events" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "zone_events" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "zone_half_hours" INTEGER NOT NULL DEFAULT 0;

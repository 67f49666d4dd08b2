-- Of a store's part of a reset is noted how many products the file lists, and what the others keep, so that an operator who decides
-- sees that its figures are not those of the whole store. The reason that was noted with a decision is kept with it.

-- AlterTable
ALTER TABLE "facility_reset" ADD COLUMN "listed" INTEGER,
ADD COLUMN "units_kept" DECIMAL(24,4),
ADD COLUMN "decided_because" TEXT;

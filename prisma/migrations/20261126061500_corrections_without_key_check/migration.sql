-- Corrections are written by one statement, in the transaction that holds the row of their facility's part of the reset. To look
-- for the reset once more for each of them took a sixth of a first load.

-- DropForeignKey
ALTER TABLE "correction" DROP CONSTRAINT "correction_reset_id_fkey";

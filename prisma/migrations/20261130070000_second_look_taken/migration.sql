-- A look at a file that was put away is on record only once it was had: a worker that dies before has taken nothing with it.

-- AlterTable
ALTER TABLE "reset" ADD COLUMN     "look_taken_at" TIMESTAMPTZ(3);

-- Why the file of an ended reset still lies in incoming/, so that it is neither run again nor forgotten.

-- AlterTable
ALTER TABLE "reset" ADD COLUMN     "not_put_away" TEXT;

-- CreateIndex
CREATE INDEX "reset_not_put_away" ON "reset"("file") WHERE (not_put_away is not null);

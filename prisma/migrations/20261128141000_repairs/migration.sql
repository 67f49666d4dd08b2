-- A repair is a reset that corrects rejected rows of another one, line by line. Until now there were none.

-- AlterTable
ALTER TABLE "reset" ADD COLUMN     "repair_of" UUID;

-- AlterTable
ALTER TABLE "rejected_row" ADD COLUMN     "repaired_by" UUID,
ADD COLUMN     "repairs_line" INTEGER;

-- CreateIndex
CREATE INDEX "reset_repairs" ON "reset"("repair_of") WHERE (repair_of is not null);

-- CreateIndex
CREATE INDEX "rejected_row_of_repair" ON "rejected_row"("reset_id", "repairs_line") WHERE (repairs_line is not null);

-- A product whose row was rejected was listed all the same: ABSENT_ROWS=zero leaves its level as it was. Rows kept until now do not say.

-- AlterTable
ALTER TABLE "rejected_row" ADD COLUMN     "product_id" INTEGER;

-- CreateIndex
CREATE INDEX "rejected_row_of_product" ON "rejected_row"("reset_id", "facility_id", "product_id") WHERE (product_id is not null);

-- Where rejected rows name no product, a product that the count does not list may be meant by one of them: at that facility it stays, though
-- ABSENT_ROWS=zero holds for the reset.

-- AlterTable
ALTER TABLE "facility_reset" ADD COLUMN     "absent_rows" TEXT;

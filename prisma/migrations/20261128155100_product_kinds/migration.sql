-- What the catalogue says of products that have no stock, and which lines of Prism documents were left out for it.

-- CreateTable
CREATE TABLE "product_kind" (
    "product_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,

    CONSTRAINT "product_kind_pkey" PRIMARY KEY ("product_id")
);

-- AlterTable
ALTER TABLE "document_line" ADD COLUMN "left_out" TEXT;

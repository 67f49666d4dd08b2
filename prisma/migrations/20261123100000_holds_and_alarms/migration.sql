-- Facilities held by a guard until somebody decides, and what is ringing.

-- AlterTable
ALTER TABLE "facility_reset" ADD COLUMN "decided_by" TEXT;
ALTER TABLE "facility_reset" ADD COLUMN "decided_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "held_row" (
    "reset_id" UUID NOT NULL,
    "facility_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "location" TEXT NOT NULL,
    "quantity" DECIMAL(14,4) NOT NULL,
    "as_of" TIMESTAMPTZ(3),

    CONSTRAINT "held_row_pkey" PRIMARY KEY ("reset_id","facility_id","product_id","line")
);

-- CreateTable
CREATE TABLE "alarm" (
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cleared_at" TIMESTAMPTZ(3),
    "posted_at" TIMESTAMPTZ(3),

    CONSTRAINT "alarm_pkey" PRIMARY KEY ("key")
);

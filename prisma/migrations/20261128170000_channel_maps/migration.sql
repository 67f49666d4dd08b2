-- What a channel's target has: the map of its things, and what comparing found. What a delta was sent for is found by whoever takes the lane next.

-- AlterTable
ALTER TABLE "channel" ADD COLUMN     "abilities" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "compare_at_facility" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "compare_at_product" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "compare_next_at" TIMESTAMPTZ(3),
ADD COLUMN     "compare_total" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "map_error" TEXT,
ADD COLUMN     "map_failing_since" TIMESTAMPTZ(3),
ADD COLUMN     "map_items" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "map_run_id" UUID,
ADD COLUMN     "place" TEXT,
ADD COLUMN     "reset_due_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "channel_run" ADD COLUMN     "page_after" TEXT;

-- CreateTable
CREATE TABLE "channel_target" (
    "channel_id" INTEGER NOT NULL,
    "run_id" UUID NOT NULL,
    "id_value" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "problem" TEXT,

    CONSTRAINT "channel_target_pkey" PRIMARY KEY ("channel_id","run_id","id_value","target")
);

-- CreateTable
CREATE TABLE "channel_compared" (
    "channel_id" INTEGER NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "levels" INTEGER NOT NULL,
    "counts" JSONB NOT NULL,

    CONSTRAINT "channel_compared_pkey" PRIMARY KEY ("channel_id","hour")
);

-- DropIndex
DROP INDEX "channel_item_again";

-- CreateIndex
CREATE INDEX "channel_item_again" ON "channel_item"("channel_id", "facility_id", "product_id") WHERE again;

-- CreateIndex
CREATE INDEX "channel_item_sent" ON "channel_item"("channel_id") WHERE sent_delta is not null;

-- AddForeignKey
ALTER TABLE "channel_target" ADD CONSTRAINT "channel_target_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "channel_compared" ADD CONSTRAINT "channel_compared_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

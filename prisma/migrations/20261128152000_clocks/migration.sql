-- How late the events of each facility arrive after the time that they name, and by how much an operator has said that time to be wrong.

-- CreateTable
CREATE TABLE "facility_clock" (
    "facility_id" INTEGER NOT NULL,
    "slot" TIMESTAMPTZ(0) NOT NULL,
    "events" INTEGER NOT NULL,
    "absorbed" INTEGER NOT NULL,
    "lag_min_ms" BIGINT NOT NULL,
    "lag_max_ms" BIGINT NOT NULL,

    CONSTRAINT "facility_clock_pkey" PRIMARY KEY ("facility_id","slot")
);

-- CreateIndex
CREATE INDEX "facility_clock_slot" ON "facility_clock"("slot");

-- CreateTable
CREATE TABLE "time_offset" (
    "facility_id" INTEGER NOT NULL,
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "minutes" INTEGER NOT NULL,
    "set_by" TEXT NOT NULL,
    "set_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "time_offset_pkey" PRIMARY KEY ("facility_id","from_at")
);

-- AlterTable
ALTER TABLE "movement" ADD COLUMN "said_at" TIMESTAMPTZ(3);

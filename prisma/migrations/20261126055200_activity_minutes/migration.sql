-- What the workers did, minute by minute, for the plots of the board. Sums of what each of them counted: the ledger alone is exact.

-- CreateTable
CREATE TABLE "activity_minute" (
    "minute" TIMESTAMPTZ(0) NOT NULL,
    "events" INTEGER NOT NULL DEFAULT 0,
    "sales" INTEGER NOT NULL DEFAULT 0,
    "absorbed" INTEGER NOT NULL DEFAULT 0,
    "duplicates" INTEGER NOT NULL DEFAULT 0,
    "receipt_to_commit" INTEGER[],
    "sale_to_commit" INTEGER[],
    "waiting" INTEGER,
    "deferred" INTEGER,
    "failed" INTEGER,

    CONSTRAINT "activity_minute_pkey" PRIMARY KEY ("minute")
);

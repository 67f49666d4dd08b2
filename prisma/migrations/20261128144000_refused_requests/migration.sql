-- What ingest refused, in brief, and how many requests of each client there were in a minute: for the operator, kept for a week.

-- CreateTable
CREATE TABLE "refused_request" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "client" TEXT NOT NULL,
    "key_id" TEXT,
    "address" TEXT NOT NULL,
    "call" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "pointer" TEXT,
    "event_id" TEXT,
    "request_id" TEXT NOT NULL,
    "body_head" TEXT,

    CONSTRAINT "refused_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "client_minute" (
    "client" TEXT NOT NULL,
    "minute" TIMESTAMPTZ(0) NOT NULL,
    "process" UUID NOT NULL,
    "accepted" INTEGER NOT NULL,
    "refused" INTEGER NOT NULL,
    "unavailable" INTEGER NOT NULL,
    "left_out" INTEGER NOT NULL,

    CONSTRAINT "client_minute_pkey" PRIMARY KEY ("client","minute","process")
);

-- CreateIndex
CREATE INDEX "refused_request_at" ON "refused_request"("at", "id");

-- CreateIndex
CREATE INDEX "refused_request_client" ON "refused_request"("client", "at", "id");

-- CreateIndex
CREATE INDEX "client_minute_minute" ON "client_minute"("minute");

-- One document, one owner: the facility that a line of a Prism document was booked at, known over all facilities (R2).

-- CreateTable
CREATE TABLE "document_line" (
    "event_id" TEXT NOT NULL,
    "line" INTEGER NOT NULL,
    "facility_id" INTEGER NOT NULL,

    CONSTRAINT "document_line_pkey" PRIMARY KEY ("event_id","line")
);

-- Beyond Prisma

-- Of what is booked already the first facility owns a line. One that was booked at two facilities stays booked at both.
INSERT INTO "document_line" ("event_id", "line", "facility_id")
SELECT DISTINCT ON ("event_id", "line") "event_id", "line", "facility_id"
  FROM "movement"
 WHERE "reason" = 'PRISM_DOCUMENT' AND "type" IN ('sale', 'return')
 ORDER BY "event_id", "line", "seq";

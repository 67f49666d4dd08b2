-- A level may follow its facility's newest snapshot instead of carrying that snapshot's time: a reset then writes only what it
-- corrects. Levels of before carry their own time and follow from the next snapshot that lists them, so nothing is rewritten here.

-- CreateTable
CREATE TABLE "facility_snapshot" (
    "facility_id" INTEGER NOT NULL,
    "as_of" TIMESTAMPTZ(3),
    "reset_id" UUID,
    "prior_as_of" TIMESTAMPTZ(3),
    "prior_reset_id" UUID,

    CONSTRAINT "facility_snapshot_pkey" PRIMARY KEY ("facility_id")
);

-- AlterTable
ALTER TABLE "level" ADD COLUMN "follows" UUID;


-- Beyond Prisma

-- What a level rests on, whether it follows or not. The first reset that it follows left its former time in the level itself,
-- where a revert finds it, and later ones leave theirs in the facility's row.
CREATE VIEW "level_in_force" AS
SELECT l."facility_id", l."product_id", l."on_hand",
       CASE WHEN l."follows" IS NULL THEN l."as_of" ELSE s."as_of" END AS "as_of",
       CASE WHEN l."follows" IS NULL THEN l."reset_id" ELSE s."reset_id" END AS "reset_id",
       CASE WHEN l."follows" IS NULL THEN l."prior_as_of"
            WHEN l."follows" = s."reset_id" THEN l."as_of"
            ELSE s."prior_as_of"
        END AS "prior_as_of",
       CASE WHEN l."follows" IS NULL THEN l."prior_reset_id"
            WHEN l."follows" = s."reset_id" THEN l."reset_id"
            ELSE s."prior_reset_id"
        END AS "prior_reset_id",
       l."updated_at", l."follows"
  FROM "level" l
  LEFT JOIN "facility_snapshot" s ON s."facility_id" = l."facility_id";

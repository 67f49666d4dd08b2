-- When the file of a reset was looked at once more, a while after it was put away: a sender may still have been writing it.
ALTER TABLE "reset" ADD COLUMN "looked_again_at" TIMESTAMPTZ(3);
UPDATE "reset" SET "looked_again_at" = "finished_at" WHERE "archived_to" IS NOT NULL;

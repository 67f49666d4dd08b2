-- Counts come from several SFTP servers, each a source of its own with its own schedule. What there is came from the one there was.

-- AlterTable
ALTER TABLE "reset" ADD COLUMN     "source" TEXT NOT NULL DEFAULT 'default';

-- AlterTable
ALTER TABLE "scheduled_run" ADD COLUMN     "source" TEXT NOT NULL DEFAULT 'default';

-- DropIndex
DROP INDEX "reset_open_on_file";

-- CreateIndex
CREATE UNIQUE INDEX "reset_open_on_file" ON "reset"("source", "file") WHERE (finished_at is null and not preview);

-- A preview changes nothing, so it must not keep the reset from its file, nor a reset keep a preview from it.

-- DropIndex
DROP INDEX "reset_open_on_file";

-- CreateIndex
CREATE UNIQUE INDEX "reset_open_on_file" ON "reset"("file") WHERE (finished_at is null and not preview);

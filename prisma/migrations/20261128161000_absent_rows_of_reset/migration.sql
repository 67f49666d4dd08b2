-- What a product becomes that a file does not list, kept with the reset when the file is read: who approves it days later, with whatever
-- settings, does what its source said then.

-- AlterTable
ALTER TABLE "reset" ADD COLUMN     "absent_rows" TEXT;

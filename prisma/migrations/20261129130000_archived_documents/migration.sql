-- Documents of Prism are known again under another time (R2), so what is compared then is kept of those that are archived.

-- AlterTable
ALTER TABLE "archived_event" ADD COLUMN     "booked_at" TIMESTAMPTZ(3),
ADD COLUMN     "document" BIGINT;

-- Beyond Prisma

-- What a line of a document takes away, in 8 bytes. Lines are put together by XOR, so that a document may be archived line by line.
CREATE FUNCTION "document_digest"(line INTEGER, product_id INTEGER, quantity NUMERIC) RETURNS BIGINT
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  'select (''x'' || encode(substring(sha256(convert_to(line || '' '' || product_id || '' '' || quantity::numeric(30,4), ''UTF8'')) for 8), ''hex''))::bit(64)::bigint';
-- It reads nothing, and whoever compares a document needs it: the processes' roles may run no function otherwise.
GRANT EXECUTE ON FUNCTION "document_digest"(INTEGER, INTEGER, NUMERIC) TO PUBLIC;

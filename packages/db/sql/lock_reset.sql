-- Takes a reset's row, so that the statement after this one reads all parts that others have ended.
--   $1 uuid  reset id
-- No rows. Locks: the reset's row, until the transaction ends.
select from reset where id = $1::uuid for no key update

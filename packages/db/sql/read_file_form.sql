-- What a reset noted of its file's form, for writing its rejected rows back.
--   $1 uuid  reset id
-- One row: columns jsonb (its header's names), "ignoredColumns" jsonb (those of them that were not used), delimiter text. Locks: none.
select coalesce(report -> 'columns', '[]') as columns, coalesce(report -> 'ignoredColumns', '[]') as "ignoredColumns",
       coalesce(report ->> 'delimiter', ',') as delimiter
  from reset r
 where r.id = $1::uuid

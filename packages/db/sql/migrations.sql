-- Before a database has the shape that this code needs: what it has, and what the role that signed in may do about it.

-- name: lock_migrations
-- Waits until no other process changes the database's shape or its roles, and keeps others out until the connection ends.
--   $1 int  the first key of the lock (Locks.migration)
--   $2 int  0 for migrations, 1 for roles
-- One row, of no use. Locks: migrations or roles (exclusive, of the session).
select pg_advisory_lock($1::int, $2::int)

-- name: list_migrations
-- Lists the migrations on record, in the order in which they are applied.
-- One row a migration: name, checksum text, whole bool (it was applied whole). Locks: none.
select migration_name as name, checksum, finished_at is not null and rolled_back_at is null as whole
  from _prisma_migrations
 order by migration_name collate "C"

-- name: read_standing
-- Says which role signed in, and what it is to the ledger.
-- One row: role text, "isSuperuser" bool, "mayMigrate" bool: it owns the ledger's tables or could become their owner; true where
-- there are none yet and it may make them. Locks: none.
select current_user::text as role, r.rolsuper as "isSuperuser",
       r.rolsuper or coalesce((select pg_has_role(c.relowner, 'member') from pg_class c where c.oid = to_regclass('public.movement')),
                              has_schema_privilege('public', 'create')) as "mayMigrate"
  from pg_roles r
 where r.rolname = current_user

-- Connections to the server, as PostgreSQL's views have them.

-- name: list_connections
-- Lists who has how many connections to the server.
-- One row a role, database and name: role, database, name text; connections, working int (of them in a transaction or a statement; those of
-- other roles are not seen to work without the rights of pg_read_all_stats). Locks: none.
select coalesce(usename::text, '') as role, coalesce(datname::text, '') as database, coalesce(application_name, '') as name,
       count(*)::int as connections, (count(*) filter (where state <> 'idle'))::int as working
  from pg_stat_activity
 where usename is not null
 group by 1, 2, 3
 order by 4 desc, 1, 2, 3

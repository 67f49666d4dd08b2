// What the tests and benchmarks take from here: starters for private, real servers.

export { type AppOptions, type AppProcess, startApp } from "./launcher/app-process.ts";
export { freePort, PortInUse } from "./servers/free-port.ts";
export { processesOf } from "./servers/orphans.ts";
export { type PostgresOptions, type PostgresServer, startPostgres } from "./servers/postgres.ts";
export { findRedisServer, type RedisOptions, type RedisServer, startRedis } from "./servers/redis.ts";
export { type SftpOptions, type SftpServer, startSftp } from "./servers/sftp.ts";

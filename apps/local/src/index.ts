// What the tests and benchmarks take from here: starters for private, real servers.

export { type AppProcess, startApp } from "./processes/app-process.ts";
export { processesOf } from "./processes/orphans.ts";
export { freePort, PortInUse } from "./servers/ports.ts";
export { startPostgres } from "./servers/postgres.ts";
export type { PrivateServer } from "./servers/private-server.ts";
export { findRedisServer, startRedis } from "./servers/redis.ts";
export { type SftpServer, startSftp } from "./servers/sftp.ts";
export { loadHostKey } from "./servers/sftp-access.ts";
export { openJail } from "./servers/sftp-jail.ts";
export { serveSession } from "./servers/sftp-session.ts";

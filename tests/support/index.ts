// The shared starters of the tests.
export { ageDatabase } from "./age-database.ts";
export { anyBackend, type Backend, besideOthers, eachBackend, type FreshQueueServer } from "./each-backend.ts";
export { eventually } from "./eventually.ts";
export { findChromium, whyNoChromium } from "./find-chromium.ts";
export { whyNoPgBouncer } from "./find-pgbouncer.ts";
export { emptyDatabase, type FreshDatabase, freshDatabase } from "./fresh-database.ts";
export { type FreshRedis, freshRedis, whyNoRedis } from "./fresh-redis.ts";
export { type FreshSftp, freshSftp } from "./fresh-sftp.ts";
export { masterAndReplica } from "./master-and-replica.ts";
export { type OddSftp, oddSftp } from "./odd-sftp.ts";
export { type PrimaryAndReplica, primaryAndReplica } from "./primary-and-replica.ts";
export { redisCommand } from "./redis-command.ts";
export { freshFolder } from "./run-folder.ts";
export { sshKeyPair } from "./ssh-key-pair.ts";
export { type RedisCluster, startCluster } from "./start-cluster.ts";
export { type PgBouncer, startPgBouncer } from "./start-pgbouncer.ts";
export { startProcess } from "./start-process.ts";
export { type AppName, type System, type SystemOptions, startSystem } from "./start-system.ts";

// How much each client has sent, added up over all processes that share a Redis. Only sums are kept here; who may go on is
// decided by the one that asks.

import type { Cluster, Redis } from "ioredis";
import { within } from "./deadline.ts";

/** The sums of several processes. */
export interface SharedRate {
  /**
   * Adds requests to a client's bucket, which runs out at `perSecond`, and says how full it is then, in requests.
   * Throws when the server does not answer: what was added may then be missing.
   */
  add(client: string, requests: number, perSecond: number): Promise<number>;
}

const answerMsMax = 1_000;

/**
 * The server's clock is the only one that counts. The bucket is gone by itself once it has run out.
 * KEYS[1] the bucket; ARGV[1] requests; ARGV[2] requests a second.
 */
const addToBucket = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local perMs = ARGV[2] / 1000
local bucket = redis.call('HMGET', KEYS[1], 'level', 'atMs')
local elapsedMs = math.max(0, nowMs - (tonumber(bucket[2]) or nowMs))
local level = math.max(0, (tonumber(bucket[1]) or 0) - elapsedMs * perMs) + ARGV[1]
redis.call('HSET', KEYS[1], 'level', level, 'atMs', string.format('%d', nowMs))
redis.call('PEXPIRE', KEYS[1], math.ceil(level / perMs) + 1000)
return tostring(level)`;

/** The sums in a Redis. @param prefix of all keys of this installation */
export function redisSharedRate(client: Redis | Cluster, prefix: string): SharedRate {
  return {
    async add(name, requests, perSecond) {
      const answer = client.eval(addToBucket, 1, `${prefix}:rate:${name}`, requests, perSecond);
      return Number(await within(answerMsMax, "the shared rate", answer));
    },
  };
}

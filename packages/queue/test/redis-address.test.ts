// What QUEUE_URL says of where Redis is.
import { expect, test } from "vitest";
import { serverOf } from "../src/connection.ts";
import { redisAddress } from "../src/redis-address.ts";

const plain = { isTls: false, username: undefined, password: undefined, database: 0, master: undefined };
const at = (...hosts: readonly (readonly [string, number])[]) => hosts.map(([host, port]) => ({ host, port }));

test.each([
  ["redis://h", { kind: "single", nodes: at(["h", 6379]) }],
  ["redis://:p%40ss@h:7000/3", { kind: "single", nodes: at(["h", 7000]), password: "p@ss", database: 3 }],
  [
    "rediss://ann:pw@[::1]:7000",
    { kind: "single", nodes: at(["::1", 7000]), username: "ann", password: "pw", isTls: true },
  ],
  ["redis+cluster://:pw@a:7000,b", { kind: "cluster", nodes: at(["a", 7000], ["b", 6379]), password: "pw" }],
  ["rediss+cluster://a:7000", { kind: "cluster", nodes: at(["a", 7000]), isTls: true }],
  [
    "redis+sentinel://:pw@s1,s2:26380/shop?sentinelPassword=other",
    {
      ...{ kind: "sentinel", nodes: at(["s1", 26379], ["s2", 26380]), password: "pw" },
      master: { name: "shop", password: "other" },
    },
  ],
  [
    "redis+sentinel://u:a:b+c@s1/shop?sentinelPassword=d+%26e",
    {
      ...{ kind: "sentinel", nodes: at(["s1", 26379]), username: "u", password: "a:b+c" },
      master: { name: "shop", password: "d+&e" },
    },
  ],
  ["rediss+sentinel://s1/shop", { kind: "sentinel", nodes: at(["s1", 26379]), isTls: true, master: { name: "shop" } }],
])("%s", (url, wanted) => {
  expect(redisAddress(url)).toEqual({ ...plain, ...wanted });
});

test.each([
  ["redis://h/mydb", /"\/mydb", where the number of a database/],
  ["redis+sentinel://u:secret@s1,,s2/main", /names a server without a host/],
  ["redis://u:secret@h:99999", /or with a port that is none/],
  ["redis://u:%zzsecret@h", /write it as %25/],
  ["redis://a,b", /several servers; use redis\+cluster/],
  ["redis+sentinel://:secret@s1:26379", /lacks the name by which the sentinels know the master/],
])("%s is refused in words, without its password", (url, words) => {
  expect(() => redisAddress(url)).toThrow(words);
  expect(() => redisAddress(url)).not.toThrow(/secret/);
});

test.each(["redis://u:sec@ret@h:7000/3", "redis://:sec@ret@h:7000/3?a=b"])(
  "of %s people are told the server",
  (url) => {
    expect(serverOf(url)).toBe("redis://h:7000/3");
  },
);

test("PostgreSQL is none of Redis", () => {
  expect(redisAddress("postgres://h/db")).toBeUndefined();
});

// The clients file and the keys in it.
import { describe, expect, it } from "vitest";
import { clientsFile, facilityTest, hashKey, makeKey, signingSecretBytes } from "../src/client-keys.ts";

const pos = { name: "pos", keys: [hashKey("one")], facilities: "*", types: "*" };
const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const accepts = (...clients: object[]) => clientsFile.safeParse({ clients }).success;

describe("keys", () => {
  it("are never made twice, and are long enough to need no salt", () => {
    const keys = new Set(Array.from({ length: 1_000 }, makeKey));
    expect(keys.size).toBe(1_000);
    expect([...keys].every((key) => /^isk_[\w-]{43}$/.test(key))).toBe(true);
  });

  it("are kept as their SHA-256", () => {
    expect(hashKey("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

describe("the facilities that a client may send for", () => {
  it.each<["*" | string[], string, boolean]>([
    ["*", "S001", true],
    [["S001"], "S001", true],
    [["S001"], "S0010", false],
    [["EU-*"], "EU-S001", true],
    [["EU-*"], "UK-S001", false],
    [["EU-*"], "eu-S001", false],
    [["UK-7", "EU-*"], "UK-7", true],
    [[], "S001", false],
  ])("%j and %s: %s", (allowed, facilityId, may) => {
    expect(facilityTest(allowed)(facilityId)).toBe(may);
  });
});

describe("the clients file", () => {
  it("takes clients with one key or two, with and without scopes and a signing secret", () => {
    const scoped = {
      name: "web",
      keys: [hashKey("a"), hashKey("b")],
      facilities: ["S001"],
      types: ["sale"],
      signingSecret: secret,
    };
    expect(accepts(pos, scoped)).toBe(true);
    expect(accepts()).toBe(true);
  });

  it.each<[string, object]>([
    ["a key that is not hashed", { ...pos, keys: ["one"] }],
    ["no key", { ...pos, keys: [] }],
    ["three keys", { ...pos, keys: [hashKey("a"), hashKey("b"), hashKey("c")] }],
    ["an event type that does not exist", { ...pos, types: ["sales"] }],
    ["a scope that is neither * nor a list", { ...pos, facilities: "S001" }],
    ["a signing secret that is too short", { ...pos, signingSecret: "whsec_c2hvcnQ=" }],
    ["a field that nobody knows", { ...pos, facility: "*" }],
  ])("refuses %s", (_what, client) => {
    expect(accepts(client)).toBe(false);
  });

  it("refuses two clients with one name or one key", () => {
    expect(accepts(pos, { ...pos, keys: [hashKey("two")] })).toBe(false);
    expect(accepts(pos, { ...pos, name: "web" })).toBe(false);
  });
});

describe("a signing secret", () => {
  it("is 24 to 64 bytes in base64 behind whsec_", () => {
    expect(signingSecretBytes(secret)).toEqual(Buffer.alloc(32, 7));
    for (const wrong of ["", "whsec_", secret.slice(6), `whsec_${Buffer.alloc(65).toString("base64")}`, `${secret} `]) {
      expect(signingSecretBytes(wrong)).toBeUndefined();
    }
  });
});

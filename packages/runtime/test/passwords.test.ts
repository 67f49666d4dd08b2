// Hashes of people's passwords: made, checked, and never trusted further than they should be.
import { describe, expect, it } from "vitest";
import { hashPassword, isPasswordHash, verifyPassword } from "../src/index.ts";

describe("a password's hash", () => {
  it("fits its password, however its letters are composed, and no other", async () => {
    const stored = await hashPassword("Gr\u00f6\u00dfe");
    expect(stored).toMatch(/^scrypt\$32768\$8\$1\$/);
    expect(await verifyPassword("Gr\u00f6\u00dfe", stored)).toBe(true);
    expect(await verifyPassword("Gro\u0308\u00dfe", stored)).toBe(true);
    expect(await verifyPassword("Grosse", stored)).toBe(false);
    expect(await verifyPassword("", stored)).toBe(false);
  });

  it("is another one each time", async () => {
    expect(await hashPassword("x")).not.toBe(await hashPassword("x"));
  });

  it("that cannot be read fits nothing, nor does one that asks for too much work", async () => {
    const tail = "$8$1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";
    for (const stored of ["", "plain", `scrypt$3000000${tail}`, `scrypt$1000${tail}`, `scrypt$0${tail}`]) {
      expect([stored, isPasswordHash(stored), await verifyPassword("x", stored)]).toEqual([stored, false, false]);
    }
  });
});

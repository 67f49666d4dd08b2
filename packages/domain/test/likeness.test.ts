// Which names may be one, and which are not taken for one.
import {
  bareName,
  facilityKeys,
  gtin14,
  likenessOfFacilities,
  likenessOfProducts,
  type NamePair,
  namesApart,
  pairText,
} from "@inventory-sync/domain";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const product = (name: string) => {
  const [idType = "", idValue = ""] = name.split(" ");
  return { idType, idValue };
};

describe("two ids of products", () => {
  it.each([
    ["UPCA 012345678905", "EAN 0012345678905", "barcode"],
    ["UPCA 12345678905", "UPCA 012345678905", "barcode"],
    ["GTIN 00012345678905", "ALU 12345678905", "barcode"],
    ["SKU 7001", "SKU 007001", "zeros"],
    ["SKU TEE-RED-M", "SKU tee red.m".replace(" red", "red"), "spelling"],
    ["SKU 7001", "ALU 7001", undefined],
    ["SKU 7001", "SKU 7010", undefined],
    // Eleven digits without a right check digit are no barcode.
    ["UPCA 12345678906", "EAN 0012345678906", undefined],
    // A case of the article has a digit of its own in front.
    ["GTIN 10012345678902", "UPCA 012345678905", undefined],
    ["SKU 000", "SKU 00", undefined],
  ])("%s and %s: %s", (one, other, likeness) => {
    expect(likenessOfProducts(product(one), product(other))).toBe(likeness);
    expect(likenessOfProducts(product(other), product(one))).toBe(likeness);
  });

  it("are one barcode in every length that holds it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000_000, max: 9_999_999 }), (number) => {
        const digits = [...String(number).padStart(13, "0")].map(Number);
        const sum = digits.reduce((total, digit, at) => total + digit * (at % 2 === 0 ? 3 : 1), 0);
        const barcode = `${number}${(10 - (sum % 10)) % 10}`;
        const lengths = [8, 12, 13, 14].map((length) => gtin14(barcode.padStart(length, "0")));
        expect(new Set(lengths)).toEqual(new Set([barcode.padStart(14, "0")]));
      }),
    );
  });

  it("stay alike whatever blanks, dashes, zeros and capitals are added", () => {
    const noise = fc.array(fc.constantFrom(" ", "-", ".", "/", "_"), { maxLength: 4 }).map((all) => all.join(""));
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z1-9][a-z0-9]{0,20}$/), fc.nat(6), noise, (id, zeros, between) => {
        const changed = `${"0".repeat(zeros)}${id.slice(0, 1).toUpperCase()}${between}${id.slice(1)}`;
        expect(bareName(changed)).toBe(id);
        if (changed !== id)
          expect(likenessOfProducts({ idType: "SKU", idValue: id }, { idType: "SKU", idValue: changed })).toBeDefined();
      }),
    );
  });
});

describe("two ids of stores", () => {
  it.each([
    ["1", "001", "zeros"],
    ["S001", "s-1", "spelling"],
    ["S001", "S1", "zeros"],
    ["Main St", "MAINST", "spelling"],
    ["S014", "SO14", "look"],
    ["S-1O", "S10", "look"],
    ["I7", "L7", "look"],
    ["1", "S001", "number"],
    ["1-1", "2-001", "number"],
    ["S001", "W001", undefined],
    ["1", "10", undefined],
    ["S001", "S002", undefined],
    ["MAIN", "OUTLET", undefined],
  ])("%s and %s: %s", (one, other, likeness) => {
    expect(likenessOfFacilities(one, other)).toBe(likeness);
    expect(likenessOfFacilities(other, one)).toBe(likeness);
  });

  it("that are alike share a key", () => {
    const id = fc.stringMatching(/^[Ss0O]{0,2}[-. ]?[0oI]{0,2}[0-9]{1,2}$/);
    fc.assert(
      fc.property(id, id, (one, other) => {
        if (likenessOfFacilities(one, other) === undefined) return;
        expect(facilityKeys(one).some((key) => facilityKeys(other).includes(key))).toBe(true);
      }),
    );
  });
});

describe("what people are told", () => {
  const stores: NamePair = {
    ...{ kind: "facility", form: "apart", likeness: "zeros", a: { facilityId: "1" }, b: { facilityId: "001" } },
    ...{ unitsOfA: 34, since: "2026-11-23T09:12:00Z", unitsOfB: 410, countedAt: "2026-11-23T04:00:00Z" },
    ...{ facilityId: null, facilities: 1 },
  };
  const products: NamePair = {
    ...stores,
    ...{
      kind: "product",
      form: "renamed",
      a: product("SKU 007001"),
      b: product("SKU 7001"),
      unitsOfA: 10,
      unitsOfB: 10,
    },
    ...{ facilityId: "S001", facilities: 3 },
  };

  it("says of each pair what sells, what is counted, and why they may be one", () => {
    expect(pairText(stores, "UTC")).toBe(
      "Store 1 has sold 34 units since 2026-11-23T09:12:00+00:00 and was never counted; store 001 was counted (410 on hand, 2026-11-23T04:00:00+00:00) and has sold nothing since then. They are equal but for leading zeros, and may be one store.",
    );
    expect(pairText(products, "UTC")).toContain(
      "SKU 007001 is missing from the newest count at store S001 and 2 more, with 10 units on hand since",
    );
  });

  it("tells of the first pairs and how many more there are", () => {
    const since = new Date("2026-11-23T10:00:00Z");
    const cause = namesApart({ kind: "product", pairs: [products, products], count: 40, since }, "UTC");
    expect(cause).toMatchObject({ key: "names-apart:products", kind: "names-apart", size: 40, since });
    expect(cause.message).toMatch(/^40 pairs of names may each be one product\. SKU 007001 .* And 38 more\./);
  });
});

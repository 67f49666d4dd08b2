// SOURCES_FILE: what it may say, and the keys of the runs of a source.
import { describe, expect, it, test } from "vitest";
import { askedByWords, runKeyOf, sourcesFile } from "../src/index.ts";

const north = { name: "north", url: "sftp://pos@north.example/stock", hostKeySha256: "SHA256:x" };

describe("a file of sources", () => {
  it("names servers with their times, and leaves out what the environment says", () => {
    const given = { ...north, resetAt: "13:00, 04:00", timeZone: "America/New_York", password: { env: "NORTH" } };
    expect(sourcesFile.parse({ sftp: [given], prism: [{ any: "thing" }] }).sftp).toEqual([
      { ...given, resetAt: ["04:00", "13:00"] },
    ]);
    expect(sourcesFile.parse({})).toEqual({});
  });

  test.each<[string, object, string]>([
    ["a name twice", { sftp: [north, { ...north, url: "sftp://pos@other/" }] }, "needs a name of its own"],
    [
      "the same folder twice",
      { sftp: [north, { ...north, name: "b", url: "sftp://pos:pw@north.example:22/stock/" }] },
      "counted by both",
    ],
    ["a name that no address can have", { sftp: [{ ...north, name: "North West" }] }, "small letters"],
    ["another kind of address", { sftp: [{ ...north, url: "https://north.example" }] }, "sftp://user@host"],
    ["a port that is none", { sftp: [{ ...north, url: "sftp://pos:pw@north.example:999999/" }] }, "sftp://user@host"],
    ["a time that is none", { sftp: [{ ...north, resetAt: "4 am" }] }, "local times"],
    ["an offset for a zone", { sftp: [{ ...north, timeZone: "+02:00" }] }, "no offset"],
    ["a password in it", { sftp: [{ ...north, password: "secret" }] }, "does not stand in this file"],
    ["a misspelt field", { sftp: [{ ...north, resetat: "04:00" }] }, "resetat"],
  ])("is refused with %s", (_what, file, said) => {
    const { error } = sourcesFile.safeParse(file);
    expect(JSON.stringify(error?.issues)).toContain(said);
  });
});

test("the run of another source than the default one has its name behind the time", () => {
  const key = "2026-11-01T01:30[America/New_York]";
  expect(runKeyOf(key, "default")).toBe(key);
  expect(runKeyOf(key, "north")).toBe(`${key} of north`);
  expect(askedByWords(`schedule ${key} of north`)).toBe("schedule 2026-11-01 01:30 America/New_York of north");
  expect(askedByWords(`schedule ${key}`)).toBe("schedule 2026-11-01 01:30 America/New_York");
});

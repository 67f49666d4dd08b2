// The kind `hotwax` against a simulated OMS: no delta is ever sent twice, and what is not known to have arrived is settled by a reset file.
import { readdir } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CallFault } from "../../../tests/shops/hotwax/oms.ts";
import { eventually } from "../../../tests/support/index.ts";
import { problemOf } from "../src/channels/hotwax/tell-delta.ts";
import type { LevelToTell, Target, ToldFate } from "../src/channels/target.ts";
import { startOms, type TestOms } from "./hotwax-oms.ts";

const SKUS = ["TEE", "CAP", "HAT"];
const never = new AbortController().signal;

let oms: TestOms;
let target: Target;

beforeAll(async () => {
  oms = await startOms(SKUS);
});
afterAll(() => oms?.kill());
beforeEach(async () => {
  await oms.clear();
  await target?.close();
  target = oms.open();
});

/** A level as the channel has it on record. */
interface Kept {
  onHand: number;
  told: number | null;
  row: string | null;
  problem?: string | undefined;
  message?: string;
}

const levelOf = (sku: string, { onHand, told, row }: Kept): LevelToTell => ({
  ...{ facilityId: "S1", place: "HC_1", idType: "SKU", idValue: sku, onHand, available: onHand, told, target: row },
  ...{ asOf: null, updatedAt: "2026-11-28T10:00:00.000Z", sequence: 1, mayOverwrite: false },
});
const numberOf = ({ onHand }: Kept) => Math.max(0, Math.floor(onHand));
const keep = (level: Kept, fate: ToldFate | undefined) => {
  if (fate === undefined) throw new Error("a level has no fate");
  if (fate.target !== undefined) level.row = fate.target;
  if (fate.fate === "confirmed") Object.assign(level, { told: fate.number ?? numberOf(level), problem: undefined });
  else Object.assign(level, { problem: fate.code, message: fate.message });
};

/** Tells levels as a lane does. @returns how each ended */
async function tellAll(levels: Readonly<Record<string, Kept>>, stopping = never): Promise<string[]> {
  const due = Object.entries(levels);
  const fates = await target.tell(
    due.map(([sku, level]) => levelOf(sku, level)),
    stopping,
  );
  return due.map(([, level], at) => {
    const fate = fates[at];
    if (fate?.fate !== "failed") {
      keep(level, fate);
      return fate?.fate === "set-aside" ? fate.code : "confirmed";
    }
    if (fate.failure.kind === "unknown") level.problem = "UNKNOWN_OUTCOME";
    return fate.failure.kind;
  });
}
const tell = async (sku: string, level: Kept, stopping = never) => (await tellAll({ [sku]: level }, stopping))[0];
async function reset(levels: Readonly<Record<string, Kept>>): Promise<void> {
  const open = Object.entries(levels).filter(([, { problem, told }]) => problem === "UNKNOWN_OUTCOME" || told === null);
  if (open.length === 0) return;
  const fates = await target.resetLevels?.(
    open.map(([sku, level]) => levelOf(sku, level)),
    never,
  );
  for (const [at, [, level]] of open.entries()) keep(level, fates?.[at]);
}
/** Its row was written at the beginning of time. */
const longAgo = (level: Kept) => {
  level.row = level.row?.replace(/"writtenAt":\d+/, '"writtenAt":0') ?? null;
};
/** A level that HotWax has and confirmed. */
const known = async (sku: string, number: number): Promise<Kept> => {
  const level: Kept = { onHand: number, told: 0, row: null };
  expect(await tell(sku, level)).toBe("confirmed");
  return level;
};

describe("a delta", () => {
  it.each<[CallFault | "none", string, number]>([
    ["none", "confirmed", 7],
    ["drop", "unknown", 7],
    ["half", "unknown", 7],
    ["500-taken", "unknown", 7],
    ["nonsense-taken", "unknown", 7],
    ["hang-taken", "unknown", 7],
    ["cut", "unknown", 10],
    ["500", "unknown", 10],
    ["hang", "unknown", 10],
    ["throttle", "throttled", 10],
    ["refuse", "REFUSED", 10],
    ["expire", "away", 10],
  ])("whose call meets %s ends as %s", async (fault, end, inTarget) => {
    const level = await known("TEE", 10);
    level.onHand = 7;
    if (fault !== "none") await oms.control("faults", [fault]);
    const over = new AbortController();
    const before = await oms.calls();
    const telling = tell("TEE", level, over.signal);
    if (fault === "hang") await eventually(async () => (await oms.calls()) > before);
    if (fault === "hang-taken") await eventually(async () => (await oms.quantity("TEE")) === 7);
    if (fault.startsWith("hang")) over.abort();
    expect(await telling).toBe(end);
    expect(await oms.quantity("TEE")).toBe(inTarget);
  });

  it("to an OMS that is not there is not sent, nor is one after the worker was told to stop, nor one of nothing", async () => {
    const level = await known("TEE", 10);
    const before = await oms.calls();
    level.onHand = 10.9;
    expect(await tell("TEE", level)).toBe("confirmed");
    level.onHand = 7;
    expect(await tell("TEE", level, AbortSignal.abort())).toBe("away");
    expect(await oms.calls()).toBe(before);
    await target.close();
    target = oms.open({ baseUrl: "http://127.0.0.1:1" });
    expect(await tell("TEE", level)).toBe("away");
    target = oms.open({ baseUrl: `${oms.url}/elsewhere/` });
    expect(await tell("TEE", level)).toBe("away");
    expect(await oms.quantity("TEE")).toBe(10);
  });

  it("is not begun any more after one that failed, and those under way count", async () => {
    const skus = Array.from({ length: 30 }, (_, at) => SKUS[at % 3] ?? "");
    const levels = skus.map((sku) => levelOf(sku, { onHand: 1, told: 0, row: null }));
    await oms.control("faults", ["500"]);
    const fates = (await target.tell(levels, never)).map((fate) =>
      fate.fate === "failed" ? fate.failure.kind : fate.fate,
    );
    const count = (kind: string) => fates.filter((each) => each === kind).length;
    expect(count("unknown")).toBe(1);
    expect(count("confirmed") + 1).toBe(await oms.calls());
    expect(fates.at(-1)).toBe("away");
  });

  it("goes on with the token that stands in its file once the old one has expired", async () => {
    const level = await known("TEE", 10);
    level.onHand = 7;
    await oms.control("faults", ["expire"]);
    await oms.putToken("token-of-the-oms-renewed");
    expect(await tell("TEE", level)).toBe("away");
    expect(await tell("TEE", level)).toBe("confirmed");
    expect(await oms.quantity("TEE")).toBe(7);
  });

  it.each([
    ["Facility with external ID S9: Not Found", "UNMAPPED_FACILITY"],
    ["Product with SKU X: Not Found at facility S1", "UNMAPPED_PRODUCT"],
    ["Invalid idValue", "UNMAPPED_PRODUCT"],
    ["the inventory of this product cannot become -1", "REFUSED"],
    ["Invalid Data", "REFUSED"],
  ])("that HotWax refuses with %s is set aside as %s", (text, code) => {
    expect(problemOf(text)).toBe(code);
  });

  it("of a product that HotWax does not know is set aside", async () => {
    expect(await tell("SHOE", { onHand: 1, told: 0, row: null })).toBe("UNMAPPED_PRODUCT");
  });

  it.each<[string, Partial<Kept>]>([
    ["was never told", { told: null }],
    ["was told at another facility", { told: 2, row: '{"place":"HC_0"}' }],
  ])("of a level that %s is not sent; without resetFile it says what to configure", async (_, more) => {
    await target.close();
    target = oms.open({ resetFile: undefined });
    const level: Kept = { onHand: 3, told: null, row: null, ...more };
    expect(await tell("TEE", level)).toBe("UNKNOWN_OUTCOME");
    expect(level.message).toContain("Configure resetFile");
    expect([await oms.calls(), target.resetLevels]).toEqual([0, undefined]);
  });
});

describe("a reset file", () => {
  it("tells first numbers; until it is archived nothing else of them is sent, and what changed meanwhile is told then", async () => {
    const levels: Record<string, Kept> = {
      TEE: { onHand: 12, told: null, row: null },
      CAP: { onHand: -2, told: null, row: null },
    };
    const [tee, cap] = [levels.TEE, levels.CAP];
    if (!tee || !cap) throw new Error("two levels");
    await reset(levels);
    // It is not on record before the channel has kept it, so it may not be taken.
    expect(await oms.control("import", {})).toEqual([]);
    await reset(levels);
    tee.onHand = 9;
    expect(await tell("TEE", tee)).toBe("UNKNOWN_OUTCOME");
    await reset(levels);
    expect(tee.message).toContain("HotWax has not taken it yet");
    expect(await oms.control("import", {})).toHaveLength(1);
    // Another worker goes on with what is on record.
    await target.close();
    target = oms.open();
    await reset(levels);
    expect(levels).toMatchObject({
      TEE: { told: 12, problem: undefined, row: '{"place":"HC_1"}' },
      CAP: { told: 0, problem: undefined },
    });
    expect(await tell("TEE", tee)).toBe("confirmed");
    expect([await oms.quantity("TEE"), await oms.quantity("CAP"), await oms.calls()]).toEqual([9, 0, 1]);
  });

  it("whose writer died before it was on record is never taken", async () => {
    await reset({ TEE: { onHand: 12, told: null, row: null } });
    const level: Kept = { onHand: 5, told: null, row: null };
    for (let at = 0; at < 2; at += 1) await reset({ TEE: level });
    expect(await oms.control("import", {})).toHaveLength(1);
    await reset({ TEE: level });
    expect([level.told, await oms.quantity("TEE")]).toEqual([5, 5]);
  });

  it.each<[string, object, string]>([
    ["is cut off", { cutUploads: true }, "The reset file: "],
    ["has a row that is refused", { refuses: ["TEE"] }, "Product with SKU TEE: Not Found"],
    ["is refused as a whole", { refusesFiles: true }, "is in error without a reason"],
    ["is not archived", { doesNotArchive: true }, "HotWax has not taken it yet"],
  ])("that %s leaves its level listed, and the next one settles it", async (_, faults, message) => {
    const levels = { TEE: { onHand: 12, told: null, row: null } as Kept };
    const pass = async () => {
      for (let at = 0; at < 2; at += 1) await reset(levels);
      await oms.control("import", {});
      await reset(levels);
    };
    await oms.control("file-faults", faults);
    await pass();
    expect(levels.TEE).toMatchObject({
      told: null,
      problem: "UNKNOWN_OUTCOME",
      message: expect.stringContaining(message),
    });
    await oms.control("file-faults", {});
    // A row that was refused is written again an hour later.
    longAgo(levels.TEE);
    await pass();
    expect([levels.TEE.told, levels.TEE.problem, await oms.quantity("TEE")]).toEqual([12, undefined, 12]);
  });

  it.each([
    ["a server with another key", { hostKeySha256: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU" }, "host key"],
    ["a folder that is not there", { folder: "elsewhere" }, "Could not write"],
    ["a server that is not there", { sftpUrl: "sftp://pos@127.0.0.1:1/" }, "Could not sign in"],
  ])("for %s is not written, and the level says why", async (_, more, message) => {
    await target.close();
    target = oms.open({ resetFile: oms.resetFile(more) });
    const level: Kept = { onHand: 12, told: null, row: null };
    await reset({ TEE: level });
    expect(level).toMatchObject({ problem: "UNKNOWN_OUTCOME", message: expect.stringContaining(message), row: null });
    expect(await readdir(oms.incoming)).toEqual([]);
  });
});

it("whatever happens to calls and files, a level is in HotWax as it is here or is listed, and never told twice", async () => {
  const fault = fc.constantFrom<CallFault[]>(
    ...[["drop"], ["half"], ["500-taken"], ["nonsense-taken"], ["cut"], ["500"], ["throttle"], ["refuse"]].map(
      (each) => each as CallFault[],
    ),
    ...Array.from({ length: 6 }, () => []),
  );
  const files = fc.constantFrom<object | undefined>(
    { cutUploads: true },
    { doesNotArchive: true },
    { refuses: ["CAP"] },
    {},
    {},
    undefined,
    undefined,
  );
  const step = fc.record({ sku: fc.constantFrom(...SKUS), by: fc.integer({ min: -4, max: 6 }), fault, files });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (steps) => {
      await oms.control("clear", {});
      const levels: Record<string, Kept> = Object.fromEntries(
        SKUS.map((sku) => [sku, { onHand: 0, told: 0, row: null }]),
      );
      const due = () =>
        Object.fromEntries(
          Object.entries(levels).filter(
            ([, each]) => each.problem !== "UNKNOWN_OUTCOME" && (each.problem || each.told !== numberOf(each)),
          ),
        );
      const check = async () => {
        for (const [sku, level] of Object.entries(levels))
          if (level.problem !== "UNKNOWN_OUTCOME") expect([sku, level.told]).toEqual([sku, await oms.quantity(sku)]);
      };
      for (const { sku, by, fault: faults, files: faultsOfFiles } of steps) {
        const level = levels[sku];
        if (level) level.onHand += by;
        await oms.control("faults", faults);
        await tellAll(due());
        await check();
        if (faultsOfFiles === undefined) continue;
        await oms.control("file-faults", faultsOfFiles);
        await reset(levels);
        await oms.control("import", {});
        await check();
      }
      await oms.control("faults", []);
      await oms.control("file-faults", {});
      for (let at = 0; at < 4; at += 1) {
        for (const level of Object.values(levels)) longAgo(level);
        await reset(levels);
        await oms.control("import", {});
        await tellAll(due());
        await check();
      }
      for (const [sku, level] of Object.entries(levels))
        expect([sku, level.problem, await oms.quantity(sku)]).toEqual([sku, undefined, numberOf(level)]);
      expect(await oms.control("seen")).toMatchObject({ badTokens: 0 });
    }),
    { numRuns: 10 },
  );
  expect((await oms.control<{ sameAtOnce: number }>("seen")).sameAtOnce).toBeLessThan(2);
});

describe("its settings", () => {
  const faultsOf = (more: object): string => {
    const reading = oms.read(more);
    return "faults" in reading
      ? reading.faults.map(({ path, detail }) => `${path.join(".")} ${detail}`).join()
      : "none";
  };
  it.each<[string, () => object, string]>([
    ["what is right", () => ({}), "none"],
    ["no reset file", () => ({ resetFile: undefined }), "none"],
    ["http to the outside", () => ({ allowPrivateAddresses: false }), "baseUrl must begin with https://"],
    ["a token in the file", () => ({ token: "secret" }), "token must say where the secret is"],
    [
      "two stores at one facility",
      () => ({ facilities: { S1: "HC_1", S2: "HC_1" } }),
      "facilities.S2 is HotWax's HC_1, as S1 is",
    ],
    [
      "a password in an address",
      () => ({ resetFile: oms.resetFile({ sftpUrl: "sftp://a:b@c/" }) }),
      "resetFile.sftpUrl must have no password",
    ],
    [
      "no user in an address",
      () => ({ resetFile: oms.resetFile({ sftpUrl: "sftp://c/" }) }),
      "resetFile.sftpUrl must look like",
    ],
    ["a reason that there is not", () => ({ reasons: { sale: "POS_SALE" } }), "reasons"],
  ])("with %s are said to have the fault", (_, more, fault) => {
    expect(faultsOf(more())).toContain(fault);
  });
});

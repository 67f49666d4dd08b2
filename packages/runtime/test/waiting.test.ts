/** Waiting with an end, answers that are shared, and files that are read again. */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { eventually } from "../../../tests/support/index.ts";
import { cached, DeadlinePassed, untilAborted, watchJsonFile, withinMs } from "../src/index.ts";

const never = () => new Promise<never>(() => undefined);

describe("a deadline", () => {
  it("gives what the work gives in time", async () => {
    await expect(withinMs(1_000, Promise.resolve(7))).resolves.toBe(7);
    await expect(withinMs(1_000, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });

  it("rejects once it has passed, naming what was asked, or as the caller wants it", async () => {
    await expect(withinMs(5, never(), "the queue")).rejects.toThrow(
      new DeadlinePassed("the queue: no answer within 5 ms"),
    );
    await expect(withinMs(5, never(), () => new RangeError("late"))).rejects.toThrow(RangeError);
  });

  it("ends a wait with the signal's reason, also one that was aborted before", async () => {
    const stopping = new AbortController();
    const waiting = untilAborted(stopping.signal, never());
    stopping.abort(new Error("SIGTERM"));
    await expect(waiting).rejects.toThrow("SIGTERM");
    await expect(untilAborted(stopping.signal, Promise.resolve(1))).rejects.toThrow("SIGTERM");
  });
});

describe("a cached read", () => {
  it("is shared by all who ask for the same key while it is fresh", async () => {
    let reads = 0;
    const read = cached(60_000, async () => ++reads);
    const [one, other] = [{}, {}];
    await expect(Promise.all([read(one), read(one), read(other)])).resolves.toEqual([1, 1, 2]);
  });

  it("is read again once it is old, with the read before it at hand", async () => {
    const read = cached(0, async (_key: object, before: Promise<number> | undefined) => 1 + ((await before) ?? 0));
    const key = {};
    await read(key);
    await expect(read(key)).resolves.toBe(2);
  });

  it("is read again once it is outdated, before it is old", async () => {
    const read = cached(60_000, async (_key: object, before: Promise<number> | undefined) => 1 + ((await before) ?? 0));
    const key = {};
    await read(key);
    read.outdate(key);
    await expect(Promise.all([read(key), read(key)])).resolves.toEqual([2, 2]);
  });

  it("is not kept when it fails", async () => {
    let reads = 0;
    const read = cached(60_000, async () => {
      reads += 1;
      if (reads === 1) throw new Error("away");
      return reads;
    });
    const key = {};
    await expect(read(key)).rejects.toThrow("away");
    await expect(read(key)).resolves.toBe(2);
  });
});

describe("a watched file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "watched-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("stays in force as last read in good order, and says what is wrong with it now", async () => {
    const file = join(folder, "names.json");
    const faults: string[] = [];
    const watched = watchJsonFile(file, {
      schema: z.strictObject({ names: z.array(z.string()) }),
      whenMissing: "create it",
      onRead: () => undefined,
      onFault: (fault) => void faults.push(fault),
    });
    expect([watched.value(), watched.fault()]).toEqual([undefined, `${file} does not exist; create it`]);
    await writeFile(`${file}.new`, JSON.stringify({ names: ["a"] }));
    await rename(`${file}.new`, file);
    await eventually(() => watched.fault() === undefined);
    expect(watched.value()).toEqual({ names: ["a"] });
    await writeFile(file, JSON.stringify({ names: [1], more: true }));
    await eventually(() => watched.fault() !== undefined);
    expect(watched.value()).toEqual({ names: ["a"] });
    expect(faults.at(-1)).toBe(
      `${file} has faults: /names/0 must be of type string; /more is not a known field; remove it or correct its name`,
    );
    watched.close();
  });
});

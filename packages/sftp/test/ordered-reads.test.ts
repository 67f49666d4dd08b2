// Many reads at once give the bytes in order, however a server answers: late, with less than asked, or only one at a time.
// The servers' ways are put on top of reads of a real file; the reads of real servers are in spool.test.ts and openssh.test.ts.
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ReadsFiles, readInOrder } from "../src/ordered-reads.ts";

const content = randomBytes(5_000);
let folder: string;
let path: string;
let file: FileHandle;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inventory-sync-reads-"));
  path = join(folder, "a.csv");
  await writeFile(path, content);
  file = await open(path);
});
afterAll(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

interface Ways {
  /** Turns of the event loop that the n-th answer takes longer. */
  readonly delays: readonly number[];
  readonly answerBytesMax: number;
  readonly atOnceMax: number;
}

class Refusal extends Error {
  readonly code = 4;
}

function serverOf({ delays, answerBytesMax, atOnceMax }: Ways) {
  const seen = { atOnce: 0, atOnceMost: 0, closed: 0, reads: 0 };
  const server: ReadsFiles = {
    open: (_path, _flags, done) => setImmediate(done, undefined, Buffer.of(7)),
    read: (_handle, into, at, length, position, done) => {
      const isRefused = seen.atOnce >= atOnceMax;
      seen.atOnce += 1;
      seen.atOnceMost = Math.max(seen.atOnceMost, seen.atOnce);
      const turns = delays[seen.reads++ % delays.length] ?? 0;
      const answer = async () => {
        const { bytesRead } = await file.read(into, at, Math.min(length, answerBytesMax), position);
        for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
        seen.atOnce -= 1;
        if (isRefused) done(new Refusal("too many requests"), 0);
        else done(undefined, bytesRead);
      };
      void answer();
    },
    close: () => {
      seen.closed += 1;
    },
  };
  return { server, seen };
}

const ways = fc.record({
  delays: fc.array(fc.nat(5), { minLength: 1, maxLength: 7 }),
  answerBytesMax: fc.integer({ min: 50, max: 1_000 }),
  atOnceMax: fc.integer({ min: 1, max: 5 }),
});

test("whatever a server's ways are, the bytes come in order and no more is asked for at once than agreed", async () => {
  const sizes = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: content.length + 2_000 }));
  await fc.assert(
    fc.asyncProperty(ways, sizes, fc.integer({ min: 100, max: 900 }), async (how, size, readBytes) => {
      const { server, seen } = serverOf(how);
      const read = await buffer(readInOrder(server, path, size, { readBytes, aheadMax: 4 }));
      expect(read.equals(content.subarray(0, size))).toBe(true);
      expect(seen.atOnceMost).toBeLessThanOrEqual(4);
      expect(seen.closed).toBe(1);
    }),
    { numRuns: 200 },
  );
});

test("nothing is read ahead of a slow reader beyond what is agreed", async () => {
  const { server, seen } = serverOf({ delays: [0], answerBytesMax: 100, atOnceMax: 99 });
  const stream = readInOrder(server, path, content.length, { readBytes: 100, aheadMax: 4 });
  await new Promise((resolve) => stream.once("readable", resolve));
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  // Four ahead, and those that the stream itself keeps for its reader.
  expect(seen.reads).toBeLessThanOrEqual(6);
  stream.destroy();
});

test("a server that refuses even a single read fails it, with its own words", async () => {
  const { server } = serverOf({ delays: [0], answerBytesMax: 100, atOnceMax: 0 });
  await expect(buffer(readInOrder(server, path, content.length))).rejects.toThrow("too many requests");
});

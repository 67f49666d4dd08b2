// A file that is another one when it is put away than when it was taken, or goes on growing afterwards, is counted at once.
import { createHash } from "node:crypto";
import { appendFile, mkdir, open, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { claimSecondLooks, findReset, openReset } from "@inventory-sync/db";
import { listResets } from "@inventory-sync/operator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anyBackend, type FreshSftp, freshSftp } from "../../../tests/support/index.ts";
import { disposeOfFile } from "../src/resets/archive.ts";
import { lookAgain } from "../src/resets/changed-file.ts";
import type { ResetParts } from "../src/resets/parts.ts";
import { sourcesAt, type UpkeepWorld, upkeepWorld } from "./upkeep-parts.ts";

const first = "store,sku,qty\nS,A,1\nS,B,2\n";
const longer = `${first}S,C,3\n`;
const sameSize = "store,sku,qty\nS,A,9\nS,B,9\n";
const at = new Date("2026-11-23T04:00:00Z");

anyBackend("a file that changes after it was taken", (backend) => {
  let world: UpkeepWorld;
  let server: FreshSftp;
  let parts: ResetParts;
  let files = 0;
  let name = "";
  beforeAll(async () => {
    [world, server] = await Promise.all([upkeepWorld(backend), freshSftp()]);
    const sources = sourcesAt({ times: ["04:00"], timeZone: "UTC" }, server);
    parts = { ...(await world.worker()), sources } as unknown as ResetParts;
  });
  beforeEach(() => world.clear());
  afterAll(async () => {
    await server.drop();
    await world.drop();
  });

  const path = () => join(server.root, "incoming", name);
  const put = async (text: string) => {
    await mkdir(join(server.root, "incoming"), { recursive: true });
    await writeFile(path(), text);
    await utimes(path(), at, at);
  };
  /** A reset that has taken the file and applied its rows. */
  async function taken(state: "completed" | "failed" = "completed"): Promise<string> {
    name = `stock-${++files}.csv`;
    await put(first);
    const { resetId } = await openReset(
      world.database,
      { name, size: first.length, modifiedAt: at },
      { requestedBy: "test" },
    );
    const sha256 = state === "failed" ? null : createHash("sha256").update(first).digest("hex");
    await world.database.pool.query(
      "update reset set state = $2, sha256 = $3, outcome = $4, finished_at = clock_timestamp() where id = $1",
      [resetId, state, sha256, state === "failed" ? "CUT_OFF: half a file" : null],
    );
    return resetId;
  }
  async function putAway(resetId: string): Promise<string> {
    const reset = await findReset(world.database, resetId);
    if (!reset) throw new Error("the reset is gone");
    return disposeOfFile(parts, reset);
  }
  const minuteLater = (resetId: string) =>
    world.database.pool.query("update reset set touched_at = clock_timestamp() - interval '61 seconds' where id = $1", [
      resetId,
    ]);
  /** The reset that was started over what the file has become. */
  async function started(resetId: string) {
    const { resets } = await listResets(world.database, { limit: 10 });
    const next = resets.find((each) => each.id !== resetId);
    const before = resets.find((each) => each.id === resetId);
    return { next, before, waiting: await world.waiting() };
  }

  describe("by the time it is put away", () => {
    it.each([
      ["grew", longer, undefined],
      ["was replaced in the same second by one of the same size", sameSize, at],
    ])("and %s is let be in incoming/ and counted at once, which both resets say", async (_, text, time) => {
      const resetId = await taken();
      await put(text);
      if (!time) await utimes(path(), new Date(), new Date());
      await putAway(resetId);
      expect(await readFile(path(), "utf8")).toBe(text);
      const { next, before, waiting } = await started(resetId);
      expect(next).toMatchObject({
        file: name,
        requestedBy: `a change of ${name} after reset ${resetId} had taken it`,
      });
      expect(before?.outcome).toContain(`reset ${next?.id} counts what it has become`);
      expect(waiting).toHaveLength(1);
    });

    it("and is the same is kept in the archive, and nothing is started", async () => {
      const resetId = await taken();
      const place = await putAway(resetId);
      expect(await readFile(join(server.root, place), "utf8")).toBe(first);
      await minuteLater(resetId);
      await lookAgain(parts);
      expect(await started(resetId)).toMatchObject({ next: undefined, before: { outcome: null } });
    });
  });

  it.each(["completed", "failed"] as const)(
    "that its sender goes on writing where it was put away comes back a minute later (%s)",
    async (state) => {
      const resetId = await taken(state);
      const sender = await open(path(), "a");
      const place = await putAway(resetId);
      await sender.appendFile("S,C,3\n");
      await sender.close();
      await lookAgain(parts);
      expect((await started(resetId)).next, "before the minute is over").toBeUndefined();
      await minuteLater(resetId);
      await Promise.all([lookAgain(parts), lookAgain(parts)]);
      expect(await readFile(path(), "utf8")).toBe(longer);
      const { next, before } = await started(resetId);
      expect(next).toMatchObject({ file: name, state: "staging" });
      expect(before?.outcome).toContain(`${name} changed after it was taken (26 bytes then, 32 bytes now)`);
      expect(await readdir(join(server.root, place, ".."))).not.toContain(name);
    },
  );

  it("that a worker was about to look at when it died is looked at by another, and then no more", async () => {
    const resetId = await taken();
    await appendFile(join(server.root, await putAway(resetId)), "S,C,3\n");
    await minuteLater(resetId);
    const due = { msMin: 0, msMax: 3_600_000, filesMax: 9, lookMsMax: 600_000 };
    expect(await claimSecondLooks(world.database, due)).toContain(resetId);
    await lookAgain(parts);
    expect((await started(resetId)).next, "as long as it may still look").toBeUndefined();
    await world.database.pool.query(
      "update reset set look_taken_at = look_taken_at - interval '11 minutes', not_put_away = 'rows wait for error/'",
    );
    await lookAgain(parts);
    expect((await started(resetId)).next).toMatchObject({ file: name });
    expect(await findReset(world.database, resetId)).toMatchObject({ notPutAway: "rows wait for error/" });
    await minuteLater(resetId);
    expect(await claimSecondLooks(world.database, due)).not.toContain(resetId);
  });

  it("that cannot be looked at is looked at again; a newer one of its name is left alone", async () => {
    const other = await taken();
    await putAway(other);
    await world.database.pool.query("update reset set source = 'other' where id = $1", [other]);
    await minuteLater(other);
    const resetId = await taken();
    const place = await putAway(resetId);
    await appendFile(join(server.root, place), "S,C,3\n");
    await put(sameSize);
    await minuteLater(resetId);
    const elsewhere = sourcesAt({ times: ["04:00"], timeZone: "UTC" }, { ...server, url: "sftp://x@127.0.0.1:1/" });
    const asked: string[] = [];
    const find = (name: string) => {
      const found = elsewhere.find("default");
      if (found === undefined) return undefined;
      const inbox = () => {
        asked.push(name);
        return found.inbox();
      };
      return { ...found, inbox };
    };
    await expect(lookAgain({ ...parts, sources: { ...elsewhere, find } })).rejects.toThrow();
    expect(asked.toSorted(), "one that fails keeps no other from being looked at").toEqual(["default", "other"]);
    await world.database.pool.query("delete from reset where id = $1", [other]);
    await lookAgain(parts);
    expect(await readFile(path(), "utf8")).toBe(sameSize);
    const { next } = await started(resetId);
    expect(next?.file).toBe(name.replace(".csv", `.${resetId}.csv`));
    expect(await readFile(join(server.root, "incoming", next?.file ?? ""), "utf8")).toBe(longer);
  });
});

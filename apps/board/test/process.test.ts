// The board as a process of its own: its settings, its start without servers, its stop.
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { freshDatabase, freshSftp, startProcess } from "../../../tests/support/index.ts";
import type { AnswerBody } from "./support.ts";

describe("the board as a process", () => {
  it("says its port, serves, and stops in order", async () => {
    const [database, sftp] = await Promise.all([freshDatabase(), freshSftp()]);
    const board = await startProcess("board", {
      ...{
        BOARD_PORT: "0",
        DATABASE_URL: database.url,
        QUEUE_URL: database.url,
        BOARD_TOKEN: "a-token-of-32-characters-or-more-x",
      },
      ...{ SFTP_URL: sftp.url, SFTP_HOST_KEY_SHA256: sftp.hostKeySha256 },
    });
    expect((await fetch(`http://127.0.0.1:${board.port}/healthz`)).status).toBe(200);
    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${board.port}/readyz`)).status, { timeout: 60_000 })
      .toBe(200);
    await board.stop();
    expect(await board.exited).toBe(0);
    await Promise.all([database.drop(), sftp.drop()]);
  });

  it("ends with 78 and names every fault when its settings are wrong", async () => {
    const failed = startProcess("board", {
      BOARD_PORT: "x",
      BOARD_TOKEN: "short",
      RESET_TIME_ZONE: "Mars/Olympus",
      BOARD_TRUSTED_PROXIES: "everybody",
    });
    await expect(failed).rejects.toMatchObject({ exit: 78 });
    const text = await failed.catch((error: Error) => error.message);
    for (const name of [
      "BOARD_PORT",
      "BOARD_TOKEN",
      "RESET_TIME_ZONE",
      "BOARD_TRUSTED_PROXIES",
      "DATABASE_URL",
      "QUEUE_URL",
      "SFTP_URL",
    ]) {
      expect(text).toContain(name);
    }
    expect(text).not.toContain('short"');
  });

  it("listens where only this machine reaches it, unless told otherwise", async () => {
    const away = {
      BOARD_PORT: "0",
      DATABASE_URL: "postgres://127.0.0.1:1/x",
      QUEUE_URL: "redis://127.0.0.1:1",
      SFTP_URL: "sftp://u:p@127.0.0.1:1/",
      SFTP_HOST_KEY_SHA256: "SHA256:x",
    };
    // Another address of this machine stands for one that others reach.
    const reachable = (port: number) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, "127.0.0.2");
        socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
        socket.once("connect", () => socket.destroy());
      });
    const [usual, open] = await Promise.all([
      startProcess("board", away),
      startProcess("board", { ...away, BOARD_HOST: "0.0.0.0" }),
    ]);
    expect([await reachable(usual.port), await reachable(open.port)]).toEqual([false, true]);
    await Promise.all([usual.stop(), open.stop()]);
  });

  it("starts without database, queue and SFTP server, and says what is missing", async () => {
    const board = await startProcess("board", {
      ...{
        BOARD_PORT: "0",
        DATABASE_URL: "postgres://127.0.0.1:1/x",
        QUEUE_URL: "redis://127.0.0.1:1",
        BOARD_TOKEN: "a-token-of-32-characters-or-more-x",
      },
      ...{ SFTP_URL: "sftp://u:p@127.0.0.1:1/", SFTP_HOST_KEY_SHA256: "SHA256:x" },
    });
    const url = `http://127.0.0.1:${board.port}`;
    const get = (path: string, init: RequestInit = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        headers: { authorization: "Bearer a-token-of-32-characters-or-more-x", "content-type": "application/json" },
      });
    const ready = await get("/readyz");
    expect([ready.status, ((await ready.json()) as AnswerBody).missing]).toEqual([503, ["database", "queue"]]);
    const levels = await get("/api/facilities");
    expect([levels.status, levels.headers.get("content-type")]).toEqual([
      503,
      "application/problem+json; charset=utf-8",
    ]);
    expect((await get("/api/resets", { method: "POST", body: "{}" })).status).toBe(503);
    expect((await get("/api/jobs/failed")).status).toBe(503);
    const page = await (await get("/")).text();
    expect(page).toContain("The database cannot be reached");
    expect((await get("/metrics")).status).toBe(200);
    await board.stop();
    expect(await board.exited).toBe(0);
  });
});

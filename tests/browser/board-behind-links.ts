// A second board over the same system, whose database and queue can be taken away from it, with olga signed in to it.
import { type Link, startLink } from "../faults/world/link.ts";
import { startProcess } from "../support/index.ts";
import { type Visit, visit } from "./browser.ts";
import { type Stage, signIn } from "./stage.ts";

export interface BoardBehindLinks extends Visit {
  readonly database: Link;
  readonly queue: Link;
}

/** Starts it and opens a page of it. */
export async function openBoardBehindLinks({ system, browser }: Stage, path: string): Promise<BoardBehindLinks> {
  const [database, DATABASE_URL] = await linkTo(system.databaseUrlOf("board"));
  const [queue, QUEUE_URL] = await linkTo(system.queueUrl);
  const board = await startProcess("board", { ...system.env, DATABASE_URL, QUEUE_URL, BOARD_PORT: "0" });
  const url = `http://127.0.0.1:${board.port}`;
  const opened = await visit(browser, url, { storageState: await signIn(browser, url, "olga") });
  await opened.page.goto(path);
  return {
    ...{ ...opened, database, queue },
    close: async () => {
      await opened.close();
      await board.stop();
      await Promise.all([database.close(), queue.close()]);
    },
  };
}

async function linkTo(address: string): Promise<[Link, string]> {
  const url = new URL(address);
  const link = await startLink(Number(url.port || (url.protocol.startsWith("redis") ? 6379 : 5432)));
  url.port = String(link.port);
  url.hostname = "127.0.0.1";
  return [link, url.href];
}

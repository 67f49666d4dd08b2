// What the browser's tests share: the whole system with a retailer in it, a browser, and people who may sign in.
import { writeFile } from "node:fs/promises";
import { hashPassword } from "@inventory-sync/runtime";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { type DatabaseClient, databaseClient } from "../flows/database-client.ts";
import { type Outside, outsideOf } from "../flows/outside.ts";
import { type System, startSystem, whyNoRedis } from "../support/index.ts";
import { launchChromium, type Visit, visit } from "./browser.ts";
import { makeRetailer, type Retailer } from "./retailer.ts";

export const password = "correct horse battery staple";

export interface Stage {
  readonly system: System;
  readonly outside: Outside;
  readonly locks: DatabaseClient;
  readonly retailer: Retailer;
  readonly browser: Browser;
  /** Opens a page of the board. @param who signed in already, unless undefined */
  open(who: "olga" | "vera" | undefined, path: string, options?: BrowserContextOptions): Promise<Visit>;
  stop(): Promise<void>;
}

/** Starts all of it. People: olga is an operator, vera a viewer. */
export async function startStage(
  size: { readonly facilities: number; readonly sales: number },
  env: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const backend = whyNoRedis() === undefined ? "redis" : "postgres";
  const [system, browser] = await Promise.all([
    startSystem({ backend, env: { UNKNOWN_PRODUCT: "reject", ...env } }),
    launchChromium(),
  ]);
  const passwordHash = await hashPassword(password);
  const people = [
    { name: "olga", role: "operator", passwordHash },
    { name: "vera", role: "viewer", passwordHash },
  ];
  await writeFile(system.env.BOARD_USERS_FILE ?? "", JSON.stringify(people));
  const [outside, locks] = await Promise.all([outsideOf(system), databaseClient(system)]);
  const retailer = await makeRetailer(system, outside, size);
  const cookies = new Map<string, Awaited<ReturnType<typeof signIn>>>();
  return {
    ...{ system, outside, locks, retailer, browser },
    open: async (who, path, options = {}) => {
      if (who !== undefined && !cookies.has(who)) cookies.set(who, await signIn(browser, system.boardUrl, who));
      const storageState = who === undefined ? undefined : cookies.get(who);
      const opened = await visit(browser, system.boardUrl, { ...options, ...(storageState && { storageState }) });
      await opened.page.goto(path);
      return opened;
    },
    stop: async () => {
      await browser.close();
      outside.end();
      await locks.end();
      await system.stop();
    },
  };
}

/** Signs somebody in as they do themselves, and returns what their browser keeps. */
export async function signIn(browser: Browser, boardUrl: string, who: string) {
  const { page, close } = await visit(browser, boardUrl);
  await page.goto("/sign-in");
  await page.getByLabel("Name").fill(who);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation").or(page.getByText("Signed in as")).first().waitFor();
  const state = await page.context().storageState();
  await close();
  return state;
}

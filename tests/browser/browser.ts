// A real browser over the real board: started once for a file, one context for each visit, everything suspicious noted.
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findChromium } from "../support/index.ts";

/** What keeps it from calling home, and what a container needs. */
const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
];
/** For a machine that is busy with other tests. */
const actionMsMax = 60_000;

/** Starts Chromium without a window. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("there is no Chromium");
  return chromium.launch({ executablePath, headless: true, args: flags });
}

/** One visit: a page in a context of its own, and what was wrong with it. */
export interface Visit {
  readonly page: Page;
  /** Errors of the console and of scripts, and requests to hosts other than the board's. */
  readonly faults: string[];
  close(): Promise<void>;
}

/** Opens a page of the board whose faults are noted. @param options e.g. who is signed in, the width, the theme */
export async function visit(browser: Browser, boardUrl: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ baseURL: boardUrl, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(actionMsMax);
  const page = await context.newPage();
  const faults: string[] = [];
  const own = new URL(boardUrl).host;
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // A page that says that something is refused or not there has that status itself, as it should be.
    const isRefusal = /status of 40[134]/.test(message.text()) && message.location().url === page.url();
    // What axe and Playwright put into a page from outside comes from no address, and its policy refuses their styles.
    const isOurs = message.location().url === "" && message.text().includes("inline style");
    if (message.type() === "error" && !isRefusal && !isOurs)
      faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("request", (request) => {
    const { host, protocol } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && host !== own) faults.push(`request to ${request.url()}`);
  });
  return { page, faults, close: () => context.close() };
}

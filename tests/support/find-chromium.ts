// The browser of the tests: the one that CHROMIUM_PATH names, else the first that is found.
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { namedBrowser, searchFolders } from "./config.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/** Where macOS has it, which is on no PATH. */
const places = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/** The path of a Chromium, or undefined when there is none. Throws when CHROMIUM_PATH names something that is no program. */
export function findChromium(): string | undefined {
  const named = namedBrowser();
  if (named !== undefined) {
    if (isProgram(named)) return named;
    throw new Error(`CHROMIUM_PATH is ${named}, which is no program`);
  }
  const found = searchFolders().flatMap((folder) => names.map((name) => join(folder, name)));
  return [...found, ...places].find(isProgram);
}

/** Why the browser's tests cannot run here, in words; undefined when they can. */
export function whyNoChromium(): string | undefined {
  return findChromium() === undefined ? "no Chromium was found, and CHROMIUM_PATH does not name one" : undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

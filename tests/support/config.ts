// What the tests take from the environment: where programs are, and the seed of a run that is to be repeated.
import { delimiter } from "node:path";

/** The environment that processes under test get before their own settings: enough to find programs, none of the caller's settings. */
export function bareEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", NODE_ENV: "test", TZ: "UTC" };
}

/** Puts `folder` before the others in which programs are looked for, for this process and those it starts. */
export function searchFirst(folder: string): void {
  process.env.PATH = [folder, process.env.PATH ?? ""].join(delimiter);
}

/** A browser that somebody named for the tests; undefined where none is named. */
export function namedBrowser(): string | undefined {
  return process.env.CHROMIUM_PATH === "" ? undefined : process.env.CHROMIUM_PATH;
}

/** The folders in which programs are looked for. */
export function searchFolders(): string[] {
  return (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** The seed of what chance does in a test: FUZZ_SEED repeats a run, else it is another one each time. */
export function chosenSeed(): number {
  return Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
}

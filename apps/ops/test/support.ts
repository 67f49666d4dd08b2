// What the tests of the command line share: one run of it, with what it printed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { runCli } from "../src/cli.ts";
import type { Streams } from "../src/output.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a command line as `npm run ops -- …` does in a script, in this process. */
export function ops(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Ran> {
  return opsWith({}, env, ...words);
}

/** The same with somebody at the terminal. */
export async function opsWith(
  person: Pick<Streams, "ask" | "askSecret" | "lines" | "signal">,
  env: Readonly<Record<string, string>>,
  ...words: readonly string[]
): Promise<Ran> {
  const said = { out: "", error: "" };
  const code = await runCli(words, env, {
    ...person,
    out: (text) => {
      said.out += text;
    },
    error: (text) => {
      said.error += text;
    },
  });
  return { code, ...said };
}

/** An empty folder that goes when the test ends. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ops-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

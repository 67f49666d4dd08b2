// The files of settings that the command line writes: who may send, who may sign in. A file is replaced in one step, so that the process
// that reads it again at every change never sees half of one, and is for its owner only.
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { jsonFault, writePrivateFile } from "@inventory-sync/runtime";
import { z } from "zod";
import { Failure } from "./command.ts";

/** A file of settings: where it is, its shape, and what it says while there is none. */
export interface SettingsFile<T> {
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly none: T;
  /** What it is called, e.g. "clients file". */
  readonly what: string;
  /** The run of the command, which replaces nothing but what it has read. */
  readonly run: object;
}

/** What each command has read: until it writes it may wait for an answer. Undefined where there was no file. */
const contentRead = new WeakMap<object, string | undefined>();

/** What the file says. @throws Failure when it has faults */
export async function readSettings<T>({ path, schema, none, run }: SettingsFile<T>): Promise<T> {
  const content = await contentOf(path);
  contentRead.set(run, content);
  if (content === undefined) return none;
  try {
    return schema.parse(JSON.parse(content));
  } catch (error) {
    const isJson = !(error instanceof SyntaxError);
    const other = isJson ? String(error) : `it is not JSON: ${jsonFault(content, error)}`;
    const fault = error instanceof z.ZodError ? z.prettifyError(error) : other;
    throw new Failure(`${path} has faults, so it is left as it is: ${fault}`);
  }
}

/** The content of a file, undefined when there is none. @throws Failure */
async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Failure(`${path} cannot be read: ${(error as Error).message}.`);
  }
}

/**
 * Checks and writes it.
 * @throws Failure when it would not be valid, cannot be written, or was changed since it was read: a key that was revoked meanwhile, or
 *   a person who was removed, would be back
 */
export async function writeSettings<T>({ path, schema, what, run }: SettingsFile<T>, value: T): Promise<void> {
  const checked = schema.safeParse(value);
  if (!checked.success) throw new Failure(`This would not be a valid ${what}: ${z.prettifyError(checked.error)}`);
  if ((await contentOf(path)) !== contentRead.get(run))
    throw new Failure(`${path} was changed by another command meanwhile. Nothing was changed; give the command again.`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writePrivateFile(path, `${JSON.stringify(checked.data, null, 2)}\n`);
  } catch (error) {
    throw new Failure(
      `${path} cannot be written: ${(error as Error).message}. Nothing was changed; its folder must belong to this account.`,
    );
  }
}

// The files of settings that the command line writes: who may send, who may sign in. A file is replaced in one step, so that the process
// that reads it again at every change never sees half of one, and is for its owner only.
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { jsonFault, writePrivateFile } from "@inventory-sync/runtime";
import { z } from "zod";
import { Failure, isWithoutDatabase, type Run, whyWithout } from "./command.ts";

/** A file of settings: where it is, its shape, and what it says while there is none. */
interface SettingsFile<T> {
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly none: T;
  /** What it is called, e.g. "clients file". */
  readonly what: string;
}

/** What is changed of whom, and what becomes of them, for the audit log. */
export type Change = Readonly<Record<"what" | "target" | "outcome", string>>;

/** What a file says, and how it is changed. */
export interface Settings<T> {
  readonly value: T;
  /**
   * Checks and writes it anew. Where the audit log cannot be reached it is done all the same, and said that it is not there.
   * @throws Failure when it would not be valid, cannot be written, or was changed since it was read: a key that was revoked meanwhile, or
   *   a person who was removed, would be back
   */
  change(change: Change, value: T): Promise<void>;
}

/** Reads a file. @throws Failure when it has faults */
export async function readSettings<T>(run: Run, file: SettingsFile<T>): Promise<Settings<T>> {
  // Until it is written the command may wait for an answer.
  const content = await contentOf(file.path);
  return {
    value: content === undefined ? file.none : valueIn(content, file),
    async change({ what, target, outcome }, value) {
      let isWritten = false;
      const write = async () => {
        await writeSettings(file, content, value);
        isWritten = true;
      };
      await run.audited({ what, target, outcome: () => outcome }, write).catch(async (error: unknown) => {
        if (!isWithoutDatabase(error)) throw error;
        run.out.say(`This is not in the audit log: ${whyWithout(error)}`);
        if (!isWritten) await write();
      });
    },
  };
}

function valueIn<T>(content: string, { path, schema }: SettingsFile<T>): T {
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

async function writeSettings<T>({ path, schema, what }: SettingsFile<T>, before: string | undefined, value: T) {
  const checked = schema.safeParse(value);
  if (!checked.success) throw new Failure(`This would not be a valid ${what}: ${z.prettifyError(checked.error)}`);
  if ((await contentOf(path)) !== before)
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

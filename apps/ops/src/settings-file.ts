// The files of settings that the command line writes: who may send, who may sign in. A file is replaced in one step, so that the process
// that reads it again at every change never sees half of one, and is for its owner only.
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { jsonFault, shapeFaultText, writePrivateFile } from "@inventory-sync/runtime";
import type { z } from "zod";
import { Failure, isWithoutDatabase, type Run, whyWithout } from "./command.ts";

/** A file of settings with named entries: where it is, its shape, and what it and they are called. */
interface SettingsFile<File, Entry> {
  readonly path: string;
  readonly schema: z.ZodType<File>;
  readonly entriesOf: (file: File) => readonly Entry[];
  readonly fileOf: (entries: Entry[]) => File;
  /** "client": then it is the clients file. */
  readonly entry: string;
  /** The command that lists them. */
  readonly list: string;
}

/** What is done to an entry, for the audit log. */
interface Act {
  readonly what: string;
  readonly outcome: string;
}

/**
 * What a file says, none while there is no file, and how it is changed. Where the audit log cannot be reached it is changed all the same, and
 * said that it is not there. Changing throws Failure when it would not be valid, cannot be written, or was changed since it was read: a key
 * that was revoked meanwhile, or a person who was removed, would be back.
 */
export interface Settings<Entry> {
  readonly entries: readonly Entry[];
  add(act: Act, entry: Entry): Promise<void>;
  /** The entry of that name, and how another is put in its place, or it is taken away. @throws Failure when there is none */
  named(name: string): {
    readonly entry: Entry;
    readonly others: readonly Entry[];
    readonly replace: (act: Act, after: Entry | undefined) => Promise<void>;
  };
}

/** Reads a file. @throws Failure when it has faults */
export async function readSettings<File, Entry extends { readonly name: string }>(
  run: Run,
  file: SettingsFile<File, Entry>,
): Promise<Settings<Entry>> {
  const { path } = file;
  // Until it is written the command may wait for an answer.
  const content = await contentOf(path);
  const entries = content === undefined ? [] : file.entriesOf(valueIn(content, file));
  const change = async ({ what, outcome }: Act, name: string, changed: Entry[]): Promise<void> => {
    let isWritten = false;
    const write = async () => {
      await writeSettings(file, content, file.fileOf(changed));
      isWritten = true;
    };
    const act = { what, target: `${file.entry} ${name}`, outcome: () => outcome };
    await run.audited(act, write).catch(async (error: unknown) => {
      if (!isWithoutDatabase(error)) throw error;
      run.out.say(`This is not in the audit log: ${whyWithout(error)}`);
      if (!isWritten) await write();
    });
  };
  return {
    entries,
    add: (act, entry) => change(act, entry.name, [...entries, entry]),
    named(name) {
      const entry = entries.find((each) => each.name === name);
      if (!entry)
        throw new Failure(`There is no ${file.entry} ${name} in ${path}. ${file.list} shows those there are.`);
      const replaced = (after: Entry | undefined) => entries.flatMap((each) => (each === entry ? (after ?? []) : each));
      return {
        entry,
        others: entries.filter((each) => each !== entry),
        replace: (act, after) => change(act, name, replaced(after)),
      };
    },
  };
}

function valueIn<File>(content: string, { path, schema }: Pick<SettingsFile<File, never>, "path" | "schema">): File {
  const faulty = (fault: string) => new Failure(`${path} has faults, so it is left as it is: ${fault}`);
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw faulty(`it is not JSON: ${jsonFault(content, error as SyntaxError)}`);
  }
  const checked = schema.safeParse(value);
  if (!checked.success) throw faulty(shapeFaultText(checked.error, value));
  return checked.data;
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

async function writeSettings<File>(
  { path, schema, entry }: Pick<SettingsFile<File, never>, "path" | "schema" | "entry">,
  before: string | undefined,
  value: File,
): Promise<void> {
  const checked = schema.safeParse(value);
  if (!checked.success)
    throw new Failure(`This would not be a valid ${entry}s file: ${shapeFaultText(checked.error, value)}`);
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

/** A JSON file of settings that is read at start and again whenever it changes, so that nothing is restarted for it. */
import { readFileSync, statSync } from "node:fs";
import type { z } from "zod";
import { jsonFault, messageOf, shapeFaultText } from "./error-text.ts";

/** A file as it is now and as it was last read. */
export type WatchedFile<T> = ReturnType<typeof watchJsonFile<T>>;

const CHECK_INTERVAL_MS = 500;

/**
 * Reads the file and looks twice a second whether it has changed. A missing or broken file is no error here.
 * @param options.whenMissing what to do about a file that does not exist, to be read after "it does not exist; "
 */
export function watchJsonFile<T>(
  file: string,
  options: {
    readonly schema: z.ZodType<T>;
    readonly whenMissing: string;
    onRead(value: T): void;
    onFault(fault: string, before: T | undefined): void;
  },
) {
  let value: T | undefined;
  let fault: string | undefined;
  let version: string | undefined;

  const look = (): void => {
    const now = versionOf(file);
    if (now === version) return;
    version = now;
    try {
      value = readJsonFile(file, options);
      fault = undefined;
      options.onRead(value);
    } catch (error) {
      fault = messageOf(error);
      options.onFault(fault, value);
    }
  };
  look();
  // Polling also sees a file that is replaced by a rename or on a mounted volume, which file events miss.
  const timer = setInterval(look, CHECK_INTERVAL_MS);
  timer.unref();
  return {
    /** Its content when it was last read in good order; undefined while it never was. */
    value: () => value,
    /** What is wrong with it as it is now, if anything. The content read before stays in force meanwhile. */
    fault: () => fault,
    close: () => clearInterval(timer),
  };
}

function readJsonFile<T>(file: string, { schema, whenMissing }: { schema: z.ZodType<T>; whenMissing: string }): T {
  let text = "";
  let content: unknown;
  try {
    text = readFileSync(file, "utf8");
    content = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`${file} is not JSON: ${jsonFault(text, error)}`);
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw new Error(`${file} does not exist; ${whenMissing}`);
    throw error;
  }
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  throw new Error(`${file} has faults: ${shapeFaultText(result.error, content)}`);
}

/** Another text whenever the file is another: its content may have changed while its size and its second have not. */
function versionOf(file: string): string {
  try {
    const { mtimeNs, ctimeNs, size, ino } = statSync(file, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino].join(" ");
  } catch (error) {
    return `unreadable: ${String(error)}`;
  }
}

// How a command is written, which is said once, by its usage: shown as it is, and what a command line is read by.
import { type ParseArgsConfig, parseArgs } from "node:util";
import { messageOf } from "@inventory-sync/domain";
import { type Command, UsageError } from "./command.ts";

const COMMON_OPTIONS = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;

/** A command with what follows its words. */
export function usageOf({ name, usage = "" }: Command): string {
  return `${name} ${usage}`.trim();
}

/** What was given to a command: the values of its options, and its other words. */
export interface Given {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly words: readonly string[];
}

/** Reads what stands behind the words of a command. @throws UsageError when its usage has no such thing */
export function parse(command: Command, args: readonly string[]): Given {
  const { options, wordsMax } = takenBy(command);
  const { values, positionals: words } = parsed(command, args, options);
  if (values.help !== true && words.length > wordsMax)
    throw new UsageError(`${words.at(-1)} is one word too many for: ${usageOf(command)}`);
  return { values, words };
}

type Options = NonNullable<ParseArgsConfig["options"]>;

function parsed(command: Command, args: readonly string[], own: Options) {
  try {
    return parseArgs({ args: [...args], options: { ...own, ...COMMON_OPTIONS }, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\nThe command is: ${usageOf(command)}`);
  }
}

/** The words of a usage come before its options. An option that a word follows takes a value, and several where that ends in "…". */
function takenBy({ usage = "", wordsMax }: Command) {
  const parts = usage.split(/[\s()[\]=]+/).filter((part) => part !== "" && part !== "|");
  const options: Options = {};
  for (const [index, part] of parts.entries()) {
    if (!part.startsWith("--")) continue;
    const [value = "--", more] = parts.slice(index + 1);
    options[part.slice(2)] = value.startsWith("--")
      ? { type: "boolean" }
      : { type: "string", multiple: value.endsWith("…") || more === "…" };
  }
  const words = parts.findIndex((part) => part.startsWith("--"));
  return { options, wordsMax: wordsMax ?? (words < 0 ? parts.length : words) };
}

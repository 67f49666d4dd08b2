/** Finds every regular expression in the sources, as a literal or made by `RegExp`. The sources are parsed, so that a slash in a text is none. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAst } from "vitest/node";

/** Where an expression stands, and what it is; `undefined` where it is only known when the program runs. */
export interface Found {
  readonly file: string;
  readonly line: number;
  readonly expression: RegExp | undefined;
}

type Syntax = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;

/** The expressions of one TypeScript text. @param file is only told again */
export function expressionsIn(text: string, file: string): Found[] {
  const found: Found[] = [];
  const constants = new Map<string, string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const part of value) visit(part);
    if (!isSyntax(value)) return;
    const add = (expression: RegExp | undefined) =>
      found.push({ file, line: text.slice(0, value.start).split("\n").length, expression });
    if (value.type === "Literal" && value.regex !== undefined) {
      const { pattern, flags } = value.regex as { pattern: string; flags: string };
      add(new RegExp(pattern, flags));
    }
    if (value.type === "VariableDeclarator") noteConstant(value, constants);
    if (/^(?:New|Call)Expression$/.test(value.type) && isSyntax(value.callee) && value.callee.name === "RegExp") {
      const [source, flags] = (value.arguments as unknown[]).map((argument) => textOf(argument, constants));
      add(source === undefined ? undefined : new RegExp(source, flags));
    }
    for (const part of Object.values(value)) visit(part);
  };
  visit(parseAst(text, { lang: "ts" }));
  return found;
}

/** The expressions of these files, given by their paths below `root`. */
export async function expressionsOf(root: string, files: readonly string[]): Promise<Found[]> {
  const each = await Promise.all(
    files.map(async (file) => expressionsIn(await readFile(join(root, file), "utf8"), file)),
  );
  return each.flat();
}

function isSyntax(value: unknown): value is Syntax {
  return typeof value === "object" && value !== null && "type" in value;
}

/** Remembers `const name = "text"`, of which expressions are put together. */
function noteConstant({ id, init }: Syntax, constants: Map<string, string>): void {
  const text = textOf(init, constants);
  if (isSyntax(id) && typeof id.name === "string" && text !== undefined) constants.set(id.name, text);
}

/** The text that a literal, a template of known texts, or the name of one stands for. */
function textOf(value: unknown, constants: ReadonlyMap<string, string>): string | undefined {
  if (!isSyntax(value)) return undefined;
  if (value.type === "Literal") return typeof value.value === "string" ? value.value : undefined;
  if (value.type === "Identifier") return constants.get(String(value.name));
  if (value.type !== "TemplateLiteral") return undefined;
  const texts = (value.quasis as { value: { cooked: string } }[]).map((quasi) => quasi.value.cooked);
  const between = (value.expressions as unknown[]).map((expression) => textOf(expression, constants));
  if (between.includes(undefined)) return undefined;
  return texts.map((part, index) => part + (between[index] ?? "")).join("");
}

// Reset flow, staging: which character separates the columns, told from the header line alone.
import { knownColumnCount } from "@inventory-sync/domain";

/** The delimiters that are recognised, in the order in which they win a draw. */
const DELIMITERS: readonly string[] = [",", ";", "\t", "|"];
const QUOTE = '"';

/**
 * Picks the delimiter under which the header has the most names that mean something, and of equals the one that gives
 * the most columns. Delimiters inside double quotes do not count.
 */
export function findDelimiter(headerLine: string): string {
  let best = { delimiter: ",", known: -1, columns: 0 };
  for (const delimiter of DELIMITERS) {
    const names = splitLine(headerLine, delimiter);
    const candidate = { delimiter, known: knownColumnCount(names), columns: names.length };
    const more = candidate.known - best.known || candidate.columns - best.columns;
    if (more > 0) best = candidate;
  }
  return best.delimiter;
}

function splitLine(line: string, delimiter: string): readonly string[] {
  const names: string[] = [];
  let name = "";
  let quoting = false;
  for (const character of line) {
    if (character === QUOTE) quoting = !quoting;
    else if (character === delimiter && !quoting) {
      names.push(name);
      name = "";
    } else name += character;
  }
  return [...names, name];
}

/**
 * Finds the first line that is not blank in the beginning of a text. Line ends inside double quotes do not end it.
 * Undefined when the text ends before the line does.
 */
export function firstLine(text: string): string | undefined {
  const start = text.search(/\S/);
  if (start < 0) return undefined;
  let quoting = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === QUOTE) quoting = !quoting;
    else if (!quoting && (character === "\n" || character === "\r")) return text.slice(lineStart(text, start), at);
  }
  return undefined;
}

/** Where the line of a position begins: a tab-separated header may begin with an empty name. */
function lineStart(text: string, position: number): number {
  return Math.max(text.lastIndexOf("\n", position), text.lastIndexOf("\r", position)) + 1;
}

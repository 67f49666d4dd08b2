// Text from outside on a surface that acts on characters that are not seen: a terminal, a log line, a chat, an error text. File
// names, ids and notes pass through here before they are shown there; what is stored keeps its true value.
import { shortened } from "./words.ts";

/**
 * Controls, formatting (which can turn a text around or hide parts of it), what is not assigned, and letters, marks and
 * symbols that show as nothing.
 */
const NOT_SHOWABLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{16fe4}\u{1d159}]/gu;

/** Says whether each character of a text is seen as itself. */
export function isShowable(text: string): boolean {
  return text.search(NOT_SHOWABLE) === -1;
}

/** The text in one line with every character that is not seen as itself written out: U+202E becomes `\u{202e}`. */
export function showable(text: string): string {
  return text.replace(NOT_SHOWABLE, escaped);
}

/** The same for a text of several lines: line feeds and tabs stay. */
export function showableLines(text: string): string {
  return text.replace(NOT_SHOWABLE, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** The same, shortened to `lengthMax` characters before it is escaped, which an ellipsis then says. */
export function shownShort(text: string, lengthMax: number): string {
  return showable(shortened(text, lengthMax));
}

/**
 * The text for a chat: besides what is not seen, `&`, `<` and `>` are written as Slack asks for, or `<!channel>` in the name
 * of a file would call everybody and `<address|words>` would be a link of its sender's.
 */
export function chatText(text: string): string {
  return showable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Where a text stops being JSON. What stands there is not quoted: such files hold secrets, and faults are shown and logged. */

/** V8 quotes some twenty characters around the place in some of its messages, and tells the place in others. */
const AFTER_QUOTED = " is not valid JSON";
const BEFORE_QUOTED: readonly string[] = [', "', ', ..."'];
const BEFORE_PLACE = " in JSON at position ";

/** Says what is wrong with a text that JSON.parse refused, and on which line, without a character of its content. */
export function jsonFault(content: string, { message }: SyntaxError): string {
  const quoted = quotedIn(message);
  const [says = "", place] = message.split(BEFORE_PLACE);
  const at = place === undefined ? middleOf(content, quoted) : Number.parseInt(place, 10);
  const line = at === undefined ? "" : ` on line ${content.slice(0, at).split("\n").length}`;
  if (quoted !== undefined)
    return `something stands${line} that does not belong there; a quote or a comma may be missing`;
  return `${says}${line}`;
}

/** What a message quotes of the text. */
function quotedIn(message: string): string | undefined {
  if (!message.endsWith(AFTER_QUOTED)) return undefined;
  const starts = BEFORE_QUOTED.map((before) => [message.indexOf(before), before.length] as const).filter(
    ([at]) => at >= 0,
  );
  const [at, length] = starts.toSorted(([one], [other]) => one - other)[0] ?? [-1, 0];
  const end = message.lastIndexOf('"');
  return at < 0 || end < at + length ? undefined : message.slice(at + length, end);
}

/** The place that a quotation is about; undefined where it cannot be told. */
function middleOf(content: string, quoted: string | undefined): number | undefined {
  const from = quoted === undefined ? -1 : content.indexOf(quoted);
  if (quoted === undefined || from < 0 || from !== content.lastIndexOf(quoted)) return undefined;
  return quoted.length === content.length ? undefined : from + Math.floor(quoted.length / 2);
}

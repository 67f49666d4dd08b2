/**
 * Texts that a regular expression matches, or nearly: made from its own parts, so that an attack on it can begin where it
 * begins and go as deep as it goes. Lookarounds and backreferences are left out; whoever uses the texts tries them anyway.
 */

/** A part of an expression: one character of a set, a choice, a sequence, or a repetition. */
type Node =
  | { readonly kind: "character"; readonly among: readonly string[] }
  | { readonly kind: "choice"; readonly of: readonly Node[] }
  | { readonly kind: "sequence"; readonly of: readonly Node[] }
  | { readonly kind: "repetition"; readonly of: Node; readonly min: number; readonly max: number };

const nothing: Node = { kind: "sequence", of: [] };
const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
/** Letters and digits first: what is read most easily in a finding. */
const candidates = [
  ...ascii.filter((character) => /\w/.test(character)),
  ...ascii.filter((character) => /\W/.test(character)),
  ...["\u00a0", "é", "\u0130", "ſ", "\u200b", "\u2028", "\ufeff", "０", "\ud800", "😀", "\ue000"],
];
const repeatedMore = 2;
/** Repeated so often, it is the same each time: how many there are matters then, not which. */
const manyTimes = 6;

/** @param count how many are made; some may be equal. @param pick gives a whole number below the one that it is given */
export function matchingTexts(expression: RegExp, count: number, pick: (below: number) => number): string[] {
  const tree = parse(expression);
  return Array.from({ length: count }, () => textOf(tree, pick));
}

function textOf(node: Node, pick: (below: number) => number): string {
  if (node.kind === "character") return node.among[pick(node.among.length)] ?? "";
  if (node.kind === "sequence") return node.of.map((part) => textOf(part, pick)).join("");
  if (node.kind === "choice") return textOf(node.of[pick(node.of.length)] ?? nothing, pick);
  const times = node.min + pick(Math.min(node.max - node.min, repeatedMore) + 1);
  if (times > manyTimes) return textOf(node.of, pick).repeat(times);
  return Array.from({ length: times }, () => textOf(node.of, pick)).join("");
}

function parse({ source, flags }: RegExp): Node {
  const tokens =
    source.match(
      /\(\?(?:<?[=!]|<\w+>|[a-z-]*:)|\[(?:\\.|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|k<\w+>|[\s\S])|\{\d+(?:,\d*)?\}\??|[*+?]\??|[\s\S]/gu,
    ) ?? [];
  let next = 0;

  const choice = (): Node => {
    const branches = [sequence()];
    for (; tokens[next] === "|"; branches.push(sequence())) next += 1;
    return branches.length === 1 ? (branches[0] ?? nothing) : { kind: "choice", of: branches };
  };
  const sequence = (): Node => {
    const parts: Node[] = [];
    while (next < tokens.length && tokens[next] !== "|" && tokens[next] !== ")") parts.push(repeated(atom()));
    return { kind: "sequence", of: parts };
  };
  const atom = (): Node => {
    const token = tokens[next] ?? "";
    next += 1;
    if (token.startsWith("(")) {
      const inside = choice();
      next += 1;
      return /^\(\?<?[=!]/.test(token) ? nothing : inside;
    }
    if (/^(?:[\^$]|\\[bB\d]|\\k.*)$/.test(token)) return nothing;
    const alone = new RegExp(`^${token}$`, flags.replace(/[gy]/g, ""));
    const among = candidates.filter((character) => alone.test(character));
    return { kind: "character", among: among.length > 0 ? among : [token] };
  };
  const repeated = (of: Node): Node => {
    const [, sign, min, comma, max] = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??$/.exec(tokens[next] ?? "") ?? [];
    if (sign === undefined && min === undefined) return of;
    next += 1;
    if (sign !== undefined)
      return { kind: "repetition", of, min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : Number.POSITIVE_INFINITY };
    const most = comma === "" ? Number(min) : max === "" ? Number.POSITIVE_INFINITY : Number(max);
    return { kind: "repetition", of, min: Number(min), max: most };
  };
  return choice();
}

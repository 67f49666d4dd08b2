// Reading JSON text without losing anything on the way (flow 1, step 2). JSON.parse keeps the last of two equal keys,
// rounds integers past 2^53 and lets `__proto__` through; for stock each of these is a wrong number that nobody sees.
// So the text is read here: integers that a number cannot hold become bigint, and the rest is reported as faults.
import type { Fault } from "./problem.ts";

/** The text is not JSON. The message says where, counted from 1. */
export class NotJson extends Error {
  override readonly name = "NotJson";

  constructor(what: string, text: string, position: number) {
    const before = text.slice(0, position).split("\n");
    super(`${what} at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`);
  }
}

/** What was read. With faults the value must not be used. */
export type ParsedJson = { readonly value: unknown; readonly faults: readonly Fault[] };

/** `exact` refuses what ids and quantities may not hold; `lenient` is for documents of which few fields are read. */
export type Exactness = "exact" | "lenient";

/** Deeper nesting than any body of ours has: refused, since reading it costs stack. */
const DEPTH_MAX = 32;
const FAULTS_MAX = 100;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const BLANKS = /[ \t\n\r]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
const CONTROL_OR_HALF = /[\p{Cc}\p{Cs}]/u;

/**
 * Reads one JSON text.
 * @throws NotJson naming the position.
 */
export function parseJson(text: string, exactness: Exactness): ParsedJson {
  const reader = new Reader(text, exactness);
  return { value: reader.document(), faults: reader.faults };
}

class Reader {
  readonly faults: Fault[] = [];
  readonly #text: string;
  readonly #exact: boolean;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string, exactness: Exactness) {
    this.#text = text;
    this.#exact = exactness === "exact";
  }

  document(): unknown {
    const value = this.#value();
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#unexpected("the end");
    return value;
  }

  #value(): unknown {
    this.#skipBlanks();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#nested(() => this.#object());
      case "[":
        return this.#nested(() => this.#array());
      case '"':
        return this.#checkedString();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #nested<T>(read: () => T): T {
    if (this.#path.length >= DEPTH_MAX)
      throw new NotJson(`Values are nested deeper than ${DEPTH_MAX}`, this.#text, this.#at);
    this.#at += 1;
    return read();
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    if (this.#take("}")) return object;
    do {
      this.#skipBlanks();
      if (this.#text[this.#at] !== '"') throw this.#unexpected("a field name in double quotes");
      const key = this.#string();
      this.#path.push(key);
      if (!this.#take(":")) throw this.#unexpected('":"');
      const value = this.#value();
      if (key === "__proto__") this.#fault("is not a field that can be taken");
      else if (Object.hasOwn(object, key)) this.#fault("stands in its object twice; send it once");
      else object[key] = value;
      this.#path.pop();
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#unexpected('"," or "}"');
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    if (this.#take("]")) return array;
    do {
      this.#path.push(array.length);
      array.push(this.#value());
      this.#path.pop();
    } while (this.#take(","));
    if (!this.#take("]")) throw this.#unexpected('"," or "]"');
    return array;
  }

  #checkedString(): string {
    const text = this.#string();
    if (this.#exact && CONTROL_OR_HALF.test(text)) {
      this.#fault("must not contain control characters or half characters (a lone surrogate)");
    }
    return text;
  }

  #string(): string {
    this.#at += 1;
    let result = "";
    for (;;) {
      result += this.#match(PLAIN_TEXT) ?? "";
      const character = this.#text[this.#at];
      if (character === '"') {
        this.#at += 1;
        return result;
      }
      if (character !== "\\") throw this.#unexpected('the closing " of a text (control characters must be escaped)');
      result += this.#escape();
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? "";
    if (letter === "u") {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#unexpected("four hex digits after \\u");
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = ESCAPES[letter];
    if (character === undefined) throw this.#unexpected("an escape that JSON knows");
    this.#at += 2;
    return character;
  }

  #number(): number | bigint {
    const text = this.#match(NUMBER);
    if (text === undefined) throw this.#unexpected("a value");
    const number = Number(text);
    if (Number.isSafeInteger(number) && /^-?\d+$/.test(text)) return number;
    if (/^-?\d+$/.test(text)) return BigInt(text);
    if (!Number.isFinite(number)) this.#fault(`the number ${shortened(text)} is out of range`);
    else if (this.#exact && decimalOf(text) !== decimalOf(String(number))) {
      this.#fault(`the number ${shortened(text)} has more digits than can be kept`);
    }
    return number;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected("a value");
    this.#at += word.length;
    return value;
  }

  /** Steps over a sign and the blanks before it, if it comes next. */
  #take(sign: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #skipBlanks(): void {
    this.#match(BLANKS);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fault(detail: string): void {
    if (this.faults.length < FAULTS_MAX) this.faults.push({ path: [...this.#path], detail });
  }

  #unexpected(expected: string): NotJson {
    const character = this.#text[this.#at];
    const found = character === undefined ? "The text ends" : `There is ${JSON.stringify(character)}`;
    return new NotJson(`${found} where ${expected} was expected`, this.#text, this.#at);
  }
}

/** One spelling for one decimal number: its digits without zeros at the ends, and the power of ten of the last. */
function decimalOf(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

// Reading JSON text without losing anything on the way (flow 1, step 2). JSON.parse keeps the last of two equal keys,
// rounds integers past 2^53 and lets `__proto__` through; for stock each of these is a wrong number that goes unnoticed.
// So the text is read here: integers that a number cannot hold become bigint, and the rest is reported as faults.
//
// The text is hostile until it is read. No character is looked at more than a few times, what is counted is refused where
// its limit is passed, and the reader stops every few values, so that the caller can give way to other requests.
import { FAULTS_MAX } from "@inventory-sync/http";
import type { ShapeFault } from "@inventory-sync/runtime";
import type { Turn } from "./fair-share.ts";
import { decimalOf, NotJson, sign } from "./json-signs.ts";
import {
  DEPTH_MAX,
  EVENTS_PER_REQUEST_MAX,
  type Exactness,
  FIELDS_MAX,
  NAME_LENGTH_MAX,
  NUMBER_LENGTH_MAX,
  PLACE_DEPTH_MAX,
} from "./limits.ts";

/** What was read. With faults the value must not be used. */
export type ParsedJson = { readonly value: unknown; readonly faults: readonly ShapeFault[] };

/** So many values are read between two looks at the clock. */
const VALUES_A_LOOK = 100;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const WHOLE = /^-?\d+$/;
const CONTROL_OR_HALF = /[\p{Cc}\p{Cs}]/u;

/**
 * Reads one JSON text, giving way as `turn` says.
 * @throws NotJson naming the position.
 */
export async function readJson(text: string, exactness: Exactness, turn: Turn): Promise<ParsedJson> {
  const reader = new Reader(text, exactness);
  while (!reader.read(VALUES_A_LOOK)) if (turn.isOver()) await turn.next();
  return reader;
}

/** A container that is being read, and where in it. */
type Frame =
  | { readonly value: unknown[]; readonly close: typeof sign.closeBracket }
  | { readonly value: Record<string, unknown>; readonly close: typeof sign.closeBrace; key: string; fields: number };

class Reader implements ParsedJson {
  readonly faults: ShapeFault[] = [];
  value: unknown;
  readonly #text: string;
  readonly #exactness: Exactness;
  readonly #frames: Frame[] = [];
  #at = 0;
  #ended = false;

  constructor(text: string, exactness: Exactness) {
    this.#text = text;
    this.#exactness = exactness;
  }

  /** Reads on, at most so many values. Returns whether reading has ended: all is read, or a fault refuses all of it. */
  read(valuesMax: number): boolean {
    for (let values = 0; values < valuesMax && !this.#ended; values++) this.#value();
    return this.#ended;
  }

  /** Reads a scalar to its end, or the beginning of a container. */
  #value(): void {
    const next = this.#sign();
    if (next === sign.openBrace) this.#open({ value: {}, close: sign.closeBrace, key: "", fields: 0 });
    else if (next === sign.openBracket) this.#open({ value: [], close: sign.closeBracket });
    else this.#finish(this.#scalar(next));
  }

  #scalar(next: number): unknown {
    switch (next) {
      case sign.quote:
        return this.#checkedString();
      case sign.t:
        return this.#word("true", true);
      case sign.f:
        return this.#word("false", false);
      case sign.n:
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #open(frame: Frame): void {
    if (this.#frames.length >= DEPTH_MAX) throw this.#notJson(`Values are nested deeper than ${DEPTH_MAX}`);
    this.#at += 1;
    if (this.#sign() === frame.close) {
      this.#at += 1;
      this.#finish(frame.value);
    } else {
      this.#frames.push(frame);
      this.#begin(frame);
    }
  }

  /** A value is read: it goes into its container, and so does every container that ends with it. */
  #finish(finished: unknown): void {
    let value = finished;
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      if (frame.close === sign.closeBracket) frame.value.push(value);
      else this.#keep(frame.value, frame.key, value);
      const next = this.#sign();
      if (next === sign.comma) {
        this.#at += 1;
        this.#begin(frame);
        return;
      }
      if (next !== frame.close) throw this.#unexpected(`"," or "${String.fromCharCode(frame.close)}"`);
      this.#at += 1;
      this.#frames.pop();
      value = frame.value;
    }
    this.#sign();
    if (this.#at < this.#text.length) throw this.#unexpected("the end");
    this.value = value;
    this.#ended = true;
  }

  #keep(object: Record<string, unknown>, key: string, value: unknown): void {
    if (key === "__proto__") this.#fault("is not a field that can be taken");
    else if (Object.hasOwn(object, key)) this.#fault("stands in its object twice; send it once");
    else object[key] = value;
  }

  /** An element or a field begins: a field's name is read, and one that is too many refuses the whole text. */
  #begin(frame: Frame): void {
    if (frame.close === sign.closeBracket) {
      if (frame.value.length >= EVENTS_PER_REQUEST_MAX)
        this.#refuse(`has more than ${EVENTS_PER_REQUEST_MAX} elements; split it over several`);
      return;
    }
    const fieldsMax = FIELDS_MAX[this.#exactness];
    if (frame.fields >= fieldsMax) {
      this.#refuse(`has more than ${fieldsMax} fields; remove those that are not known here`);
      return;
    }
    frame.fields += 1;
    if (this.#sign() !== sign.quote) throw this.#unexpected("a field name in double quotes");
    const name = this.#string();
    if (name.length > NAME_LENGTH_MAX) {
      this.#refuse(`has a field whose name has more than ${NAME_LENGTH_MAX} characters; remove it`);
      return;
    }
    frame.key = name;
    if (this.#sign() !== sign.colon) throw this.#unexpected('":"');
    this.#at += 1;
  }

  #checkedString(): string {
    const text = this.#string();
    if (this.#exactness === "exact" && CONTROL_OR_HALF.test(text)) {
      this.#fault("must not contain control characters or half characters (a lone surrogate)");
    }
    return text;
  }

  /** A text is looked through to its end here, so that a fault has its place; what is escaped is then put in by JSON.parse. */
  #string(): string {
    const start = this.#at;
    let escaped = false;
    this.#at += 1;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === sign.quote) break;
      if (code === sign.backslash) {
        escaped = true;
        this.#escape();
      } else if (code >= sign.blank) this.#at += 1;
      else throw this.#unexpected('the closing " of a text (control characters must be escaped)');
    }
    this.#at += 1;
    return escaped ? JSON.parse(this.#text.slice(start, this.#at)) : this.#text.slice(start + 1, this.#at - 1);
  }

  #escape(): void {
    ESCAPE.lastIndex = this.#at;
    if (!ESCAPE.test(this.#text)) {
      const isUnicode = this.#text[this.#at + 1] === "u";
      throw this.#unexpected(isUnicode ? "four hex digits after \\u" : "an escape that JSON knows");
    }
    this.#at = ESCAPE.lastIndex;
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) throw this.#unexpected("a value");
    this.#at += text.length;
    if (text.length > NUMBER_LENGTH_MAX) {
      this.#fault(`the number ${text.slice(0, NUMBER_LENGTH_MAX)}… has more than ${NUMBER_LENGTH_MAX} characters`);
      this.#ended = true;
      return 0;
    }
    const number = Number(text);
    if (WHOLE.test(text)) return Number.isSafeInteger(number) ? number : BigInt(text);
    if (!Number.isFinite(number)) this.#fault(`the number ${text} is out of range`);
    else if (this.#exactness === "exact" && decimalOf(text) !== decimalOf(String(number))) {
      this.#fault(`the number ${text} has more digits than can be kept`);
    }
    return number;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected("a value");
    this.#at += word.length;
    return value;
  }

  /** Steps over blanks and says which sign comes next: NaN at the end. */
  #sign(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== sign.blank && code !== sign.tab && code !== sign.lineFeed && code !== sign.carriageReturn)
        return code;
      this.#at += 1;
    }
  }

  /** Notes a fault of the value that is being read, or of one around it. */
  #fault(detail: string, around: readonly Frame[] = this.#frames): void {
    this.faults.push({ path: around.slice(0, PLACE_DEPTH_MAX).map(placeIn), detail });
    if (this.faults.length >= FAULTS_MAX) this.#ended = true;
  }

  /** Notes a fault of the container that is being read, and reads no further. */
  #refuse(detail: string): void {
    this.#fault(detail, this.#frames.slice(0, -1));
    this.#ended = true;
  }

  #unexpected(expected: string): NotJson {
    const found = this.#at < this.#text.length ? `There is ${JSON.stringify(this.#text[this.#at])}` : "The text ends";
    return this.#notJson(`${found} where ${expected} was expected`);
  }

  #notJson(what: string): NotJson {
    return new NotJson(what, this.#text, this.#at);
  }
}

function placeIn(frame: Frame): string | number {
  return frame.close === sign.closeBracket ? frame.value.length : frame.key;
}

// Flow 2, staging: the encodings in which a snapshot may be written, and which one is proposed for a file that is not UTF-8.

export const encodings = ["utf-8", "windows-1252", "iso-8859-1", "utf-16le", "utf-16be"] as const;
export type Encoding = (typeof encodings)[number];

/** What Windows-1252 has where ISO-8859-1 has control characters, from 0x80 on; the five that it leaves open stay as they are. */
const WINDOWS_80_TO_9F = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";
const FIRST_WINDOWS = 0x80;
const CONTROLS = /[\u0080-\u009f]/g;

/** The text that Windows-1252 bytes say, given a character for each byte (ISO-8859-1). */
export function windowsText(latin1: string): string {
  return latin1.replace(CONTROLS, (control) => WINDOWS_80_TO_9F.charAt(control.charCodeAt(0) - FIRST_WINDOWS));
}

const LOOKED_AT_BYTES = 4_096;

/**
 * The encoding that a text which is not UTF-8 probably has: UTF-16 by its mark or by the zeros beside its letters, else Windows-1252,
 * which says the same as ISO-8859-1 wherever a text of that has characters that can be seen.
 */
export function proposedEncoding(bytes: Uint8Array): Encoding {
  const [first = 0, second = 0] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  const zeros = [0, 0];
  const end = Math.min(bytes.length, LOOKED_AT_BYTES);
  for (let at = 0; at < end; at++) if (bytes[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd + even > end / 8) return odd >= even ? "utf-16le" : "utf-16be";
  return "windows-1252";
}

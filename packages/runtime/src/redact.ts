/** The last look at a log line before it is written: what stands under a secret name, and passwords in URLs, are replaced. */
import { maskUrlsIn } from "./mask-url.ts";

const hidden = "***";
const secretWords =
  "password|passphrase|passwd|secret|authorization|cookie|token|credential|private_?key|api_?key|ingest_?key|access_?key";
const secretName = new RegExp(`^keys?$|${secretWords}`, "i");
const harmlessName = /(count|length|file|path|name)$/i;
/** Takes a word in a value for one in a name, too: to look for where the name ends would take time that grows with the square. */
const perhapsSecret = new RegExp(`"keys?":|${secretWords}`, "i");

/**
 * The JSON log line without secrets. Working on the finished line covers fields, errors' own fields, and what is bound to
 * child logs alike; it is parsed only when a name in it asks for that.
 */
export function redactLine(line: string): string {
  return maskUrlsIn(perhapsSecret.test(line) ? `${JSON.stringify(JSON.parse(line, redactField))}\n` : line);
}

function redactField(name: string, value: unknown): unknown {
  return value !== null && secretName.test(name) && !harmlessName.test(name) ? hidden : value;
}

// The secrets that this process has read, so that a text from outside that repeats one can be shown without it.

const CHARACTERS_MIN = 6;
const KEPT_MAX = 1_000;
const hidden = "***";
const known = new Set<string>();

/** Notes a secret, or what was made from one to be sent. One too short to be told from other words is not noted. @returns it */
export function notedSecret(secret: string): string {
  if (secret.length < CHARACTERS_MIN) return secret;
  // The newest ones are kept: tokens are renewed for as long as a process lives.
  known.delete(secret);
  known.add(secret);
  const [oldest] = known;
  if (known.size > KEPT_MAX && oldest !== undefined) known.delete(oldest);
  return secret;
}

/** The text with `***` in place of each noted secret. */
export function withoutSecrets(text: string): string {
  let shown = text;
  // The longest first: one may be a part of another.
  for (const secret of [...known].sort((one, other) => other.length - one.length))
    shown = shown.replaceAll(secret, hidden);
  return shown;
}

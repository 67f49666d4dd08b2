/**
 * Hides secrets before they reach a log line, a health answer, an error text or a page: the passwords of connection URLs, and those that this
 * process has read, so that a text from outside that repeats one can be shown without it.
 */

const hidden = "***";
// The name of a scheme is short. Without a bound a long run of letters would be looked at again from each of them.
const urlInText = /[a-z][a-z0-9+.-]{0,20}:\/\/[^\s"'<>\\]+/gi;
const secretParameter = /([?&](?:(?:sentinel)?password|sslpassword|passphrase|token|secret|api_?key)=)[^&#\s]*/gi;

/**
 * The URL with its password, and secrets among its parameters, replaced by `***`; user, hosts and path stay readable.
 * A text that is no valid URL is masked too, up to its last `@`: it may be a URL whose password was not encoded.
 */
export function maskUrl(url: string): string {
  return url.replace(secretParameter, `$1${hidden}`).replace(credentialsOf(url), `$1$2:${hidden}@`);
}

/** Applies `maskUrl` to every URL in a text. */
export function maskUrlsIn(text: string): string {
  return text.includes("://") ? text.replace(urlInText, maskUrl) : text;
}

/** Web addresses may carry `@` in their path, so there the password ends at the path; elsewhere hiding too much is the lesser fault. */
function credentialsOf(url: string): RegExp {
  return /^https?:/i.test(url) && URL.canParse(url)
    ? /^([a-z][a-z0-9+.-]*:\/\/)([^:@/?#]*):[^/?#]*@/i
    : /^([a-z][a-z0-9+.-]*:\/\/)([^:@]*):.*@/i;
}

const CHARACTERS_MIN = 6;
const KEPT_MAX = 1_000;
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

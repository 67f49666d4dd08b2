/** Hides the passwords of connection URLs before they reach a log line, a health answer or an error text. */

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

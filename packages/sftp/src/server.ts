// Which server, and whether it is that one: SFTP_URL is read, and the host key checked. Without this check any machine on the way could
// hand us stock levels, so an unknown host key is refused; several are allowed, because keys are rotated.
import { createHash, timingSafeEqual } from "node:crypto";
import { ITS_HOST_KEYS, SftpFailure } from "./failure.ts";

const SFTP_PORT = 22;

/** What SFTP_URL says: `sftp://user[:password]@host[:port][/base/path]`. */
export interface SftpAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string | undefined;
  /** Absolute, or "." for the folder in which the account begins. */
  readonly basePath: string;
  /** For messages and logs: without the password. */
  readonly server: string;
}

/** Reads SFTP_URL. @throws SftpFailure "other" when it is no such URL; the message does not repeat it, since it may hold a password */
export function sftpAddress(text: string): SftpAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "sftp:" || url.hostname === "" || url.username === "") {
    throw new SftpFailure(
      "other",
      "SFTP_URL must look like sftp://user:password@host:22/base/path, with a user; special characters percent-encoded",
    );
  }
  // URL keeps the brackets of an IPv6 address, which a socket does not want.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? SFTP_PORT : Number(url.port);
  const username = decodeURIComponent(url.username);
  return {
    host,
    port,
    username,
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
    basePath: url.pathname === "" ? "." : decodeURIComponent(url.pathname),
    server: `${username}@${url.hostname}:${port}`,
  };
}

const FINGERPRINT = /^(?:SHA256:)?([A-Za-z0-9+/]{43})=?$/;

/** The fingerprint of a raw host key as OpenSSH prints it: `SHA256:` and base64 without padding. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=$/, "")}`;
}

/**
 * Makes the check against one or more fingerprints, with or without `SHA256:` in front. It remembers what was presented for the message when
 * none matches.
 * @throws SftpFailure "host-key" when there is none, or one is no fingerprint
 */
export function hostKeyCheck(allowed: readonly string[], server: string) {
  if (allowed.length === 0) {
    throw new SftpFailure(
      "host-key",
      `No host key is known for ${server}, so it cannot be trusted. Set ${ITS_HOST_KEYS} to what \`ssh-keyscan\` piped into \`ssh-keygen -lf -\` prints for it, once somebody who runs that server has confirmed it.`,
    );
  }
  const digests = allowed.map((text) => {
    const digest = FINGERPRINT.exec(text.trim())?.[1];
    if (digest !== undefined) return Buffer.from(digest);
    throw new SftpFailure(
      "host-key",
      `"${text}" in ${ITS_HOST_KEYS} is no fingerprint; one looks like SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU`,
    );
  });
  let presented: string | undefined;
  return {
    verify: (key: Buffer): boolean => {
      const digest = Buffer.from(fingerprint(key).slice("SHA256:".length));
      const matches = digests.filter((known) => known.length === digest.length && timingSafeEqual(known, digest));
      presented = matches.length > 0 ? undefined : fingerprint(key);
      return matches.length > 0;
    },
    /** The failure to report, once a key has been refused. */
    refusal: (): SftpFailure | undefined =>
      presented === undefined
        ? undefined
        : new SftpFailure(
            "host-key",
            `The host key of ${server} is ${presented}, which is none of the ${allowed.length} in ${ITS_HOST_KEYS}. Either the server has a new key (ask who runs it, then add the new one), or this is not that server. Nothing was sent to it.`,
          ),
  };
}

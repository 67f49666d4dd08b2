// Reads SFTP_URL: `sftp://user[:password]@host[:port][/base/path]`.
import { SftpFailure } from "./failure.ts";

const SFTP_PORT = 22;

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

/** @throws SftpFailure "other" when it is no such URL; the message does not repeat it, since it may hold a password */
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

// Reference of fetching: OpenSSH's own sftp client where there is one, else ssh2's parallel fastGet.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import ssh2, { type SFTPWrapper } from "ssh2";
import type { Installation } from "../support/stand.ts";

const run = promisify(execFile);

/** Brings a file of the SFTP server to a local path. */
export async function fetchPlainly(on: Installation, { from, to }: { from: string; to: string }): Promise<void> {
  const { username, hostname, port } = new URL(on.sftp.url);
  const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
  const words = ["-q", "-i", on.sftpKeyFile, "-P", port, ...options.flatMap((option) => ["-o", option])];
  try {
    await run("sftp", [...words, `${username}@${hostname}:${from}`, to]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await fastGet(on, { from, to });
  }
}

async function fastGet({ sftp }: Installation, { from, to }: { from: string; to: string }): Promise<void> {
  const { username, password, hostname, port } = new URL(sftp.url);
  const client = new ssh2.Client();
  try {
    const session = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.once("error", reject);
      client.once("ready", () => client.sftp((error, opened) => (error ? reject(error) : resolve(opened))));
      client.connect({ host: hostname, port: Number(port), username, password });
    });
    client.setNoDelay(true);
    await new Promise<void>((resolve, reject) => {
      session.fastGet(from, to, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    client.end();
  }
}

// Leaves a snapshot file on the SFTP server as the POS's nightly job does: uploaded under another name, renamed when it is whole.
import ssh2, { type SFTPWrapper } from "ssh2";
import type { Credentials } from "../launcher/credentials.ts";
import { fingerprint } from "../servers/sftp-host-key.ts";

const connectMsMax = 10_000;

/** Puts `content` into incoming/<name>. */
export async function dropSnapshot(
  sftp: Credentials["sftp"],
  file: { readonly name: string; readonly content: string },
): Promise<void> {
  const client = new ssh2.Client();
  try {
    const session = await openSession(client, sftp);
    // It fails when the folder exists already, which is just as well.
    await call((done) => session.mkdir("/incoming", () => done()));
    const unfinished = `/incoming/${file.name}.part`;
    await call((done) => session.writeFile(unfinished, file.content, done));
    await call((done) => session.rename(unfinished, `/incoming/${file.name}`, done));
  } finally {
    client.end();
  }
}

function openSession(client: ssh2.Client, sftp: Credentials["sftp"]): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.on("error", reject);
    client.on("ready", () => client.sftp((error, session) => (error ? reject(error) : resolve(session))));
    client.connect({
      host: sftp.host,
      port: sftp.port,
      username: sftp.username,
      password: sftp.password,
      readyTimeout: connectMsMax,
      hostVerifier: (key: Buffer) => fingerprint(key) === sftp.hostKeySha256,
    });
  });
}

function call(request: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => request((error) => (error ? reject(error) : resolve())));
}

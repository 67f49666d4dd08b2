// The POS's or ERP's side of the SFTP server, for the flows: a client that knows the protocol and nothing of ours.
import { posix } from "node:path";
import { promisify } from "node:util";
import { Client, type ConnectConfig, type SFTPWrapper } from "ssh2";

export interface SftpClient {
  /** Puts a whole file into incoming/, the way a careful sender does: under another name first. */
  upload(name: string, content: string | Buffer): Promise<void>;
  /** Writes a file under the very name given, below the base path. */
  write(path: string, content: string | Buffer): Promise<void>;
  /** Writes on at the end of a file. */
  append(path: string, content: string): Promise<void>;
  /** Says when a file was last changed. */
  touch(path: string, modifiedAt: Date): Promise<void>;
  read(path: string): Promise<Buffer>;
  /** The names in a folder; none when there is no such folder. */
  list(path: string): Promise<string[]>;
  remove(path: string): Promise<void>;
  end(): void;
}

/** Connects to the server and base path of an sftp:// url, with the password in it or with a private key. */
export async function sftpClient(
  url: string,
  credentials: Pick<ConnectConfig, "privateKey"> = {},
): Promise<SftpClient> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const client = new Client();
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    client.once("error", reject);
    client.once("ready", () => client.sftp((error, opened) => (error ? reject(error) : resolve(opened))));
    const account = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    client.connect({ host: hostname, port: Number(port), ...account, ...credentials });
  });
  // Small requests must not wait for each other's acknowledgement.
  client.setNoDelay(true);
  client.on("error", () => undefined);
  const at = (path: string): string => posix.join(decodeURIComponent(pathname) || "/", path);
  const write = (path: string, content: string | Buffer): Promise<void> =>
    new Promise((resolve, reject) => sftp.writeFile(at(path), content, (error) => (error ? reject(error) : resolve())));
  const rename = promisify(sftp.rename.bind(sftp)) as (from: string, to: string) => Promise<void>;
  return {
    upload: async (name, content) => {
      await write(`incoming/${name}.part`, content);
      await rename(at(`incoming/${name}.part`), at(`incoming/${name}`));
    },
    write,
    append: (path, content) =>
      new Promise((resolve, reject) =>
        sftp.appendFile(at(path), content, (error) => (error ? reject(error) : resolve())),
      ),
    touch: (path, modifiedAt) =>
      new Promise((resolve, reject) =>
        sftp.utimes(at(path), modifiedAt, modifiedAt, (error) => (error ? reject(error) : resolve())),
      ),
    read: (path) =>
      new Promise((resolve, reject) =>
        sftp.readFile(at(path), (error, bytes) => (error ? reject(error) : resolve(bytes))),
      ),
    list: (path) =>
      new Promise((resolve, reject) =>
        sftp.readdir(at(path), (error, entries) => {
          const isMissing = (error as { code?: unknown } | undefined)?.code === 2;
          if (error && !isMissing) reject(error);
          else resolve(isMissing ? [] : entries.map(({ filename }) => filename).sort());
        }),
      ),
    remove: (path) =>
      new Promise((resolve, reject) => sftp.unlink(at(path), (error) => (error ? reject(error) : resolve()))),
    end: () => client.end(),
  };
}

// Access to the private SFTP server: its host key, the one account that may sign in, and how many may be connected.
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { writePrivateFile } from "@inventory-sync/runtime";
import ssh2, { type AuthContext, type Connection } from "ssh2";

const connectionsMax = 128;
/** Past this the one that has waited longest makes way: a client that knows the password signs in within a moment. */
const notSignedInMax = 32;
/** Tries to sign in on one connection; then it is cut. */
const triesMax = 6;
const keyTriesMax = 20;

/** Reads the ed25519 key in `file`, or makes it. `sha256` is 'SHA256:' and base64 without padding, as OpenSSH prints it. */
export async function loadHostKey(file: string): Promise<{ privateKey: string; sha256: string }> {
  const privateKey = await readFile(file, "utf8").catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    const made = makeKey();
    await writePrivateFile(file, made);
    return made;
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error)
    throw new Error(`The SFTP host key in ${file} cannot be read (${parsed.message}): remove it to get a new one.`);
  const digest = createHash("sha256").update(parsed.getPublicSSH()).digest("base64");
  return { privateKey, sha256: `SHA256:${digest.replace(/=$/, "")}` };
}

/** Of the keys that the library makes, one in some three hundred is written in a form that it cannot read again. */
function makeKey(): string {
  for (let tries = 1; tries <= keyTriesMax; tries += 1) {
    const made = ssh2.utils.generateKeyPairSync("ed25519").private;
    if (!(ssh2.utils.parseKey(made) instanceof Error)) return made;
  }
  throw new Error(`No usable host key came of ${keyTriesMax} tries.`);
}

export interface Account {
  readonly username: string;
  readonly password: string;
  /** A public key in OpenSSH's one-line form that may sign in as well. */
  readonly authorizedKey?: string;
}

/** Lets the account in, and calls `cut` for a connection on which too much was tried. */
export function signIn(connection: Connection, account: Account, cut: () => void): void {
  let tries = 0;
  connection.on("authentication", (context) => {
    const byPassword = context.method === "password" && isSame(context.password, account.password);
    const byKey = context.method === "publickey" && isAuthorized(context, account.authorizedKey);
    if (isSame(context.username, account.username) && (byPassword || byKey)) return context.accept();
    // Clients begin by asking with nothing which ways there are.
    if (context.method !== "none" || tries > 0) tries += 1;
    if (tries >= triesMax) return cut();
    context.reject(account.authorizedKey ? ["password", "publickey"] : ["password"]);
  });
}

function isAuthorized(
  context: Extract<AuthContext, { method: "publickey" }>,
  authorizedKey: string | undefined,
): boolean {
  if (!authorizedKey) return false;
  const allowed = ssh2.utils.parseKey(authorizedKey);
  if (allowed instanceof Error || !allowed.getPublicSSH().equals(context.key.data)) return false;
  // The first round only asks whether this key would do; the second is signed.
  if (!context.signature || !context.blob) return true;
  return allowed.verify(context.blob, context.signature, context.hashAlgo) === true;
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Keeps count of connections. Those that have not signed in after `signInMsMax` are cut. */
export function keepConnections(signInMsMax: number) {
  // By the client's port: all of them come from this machine.
  const all = new Map<number, Socket>();
  const notSignedIn = new Map<number, NodeJS.Timeout>();
  const cut = (port: number): void => void all.get(port)?.destroy();
  const signedIn = (port: number): void => {
    clearTimeout(notSignedIn.get(port));
    notSignedIn.delete(port);
  };
  return {
    /** Lets a connection in, or cuts it and says false. */
    admit: (socket: Socket): boolean => {
      const port = socket.remotePort;
      if (port === undefined || all.size >= connectionsMax) {
        socket.destroy();
        return false;
      }
      const [longest] = notSignedIn.keys();
      if (longest !== undefined && notSignedIn.size >= notSignedInMax) cut(longest);
      all.set(port, socket);
      const late = setTimeout(() => cut(port), signInMsMax);
      notSignedIn.set(port, late);
      socket.once("close", () => {
        signedIn(port);
        all.delete(port);
      });
      return true;
    },
    /** The connection from this port of the client's has signed in. */
    signedIn,
    cut,
    cutAll: (): void => {
      for (const socket of all.values()) socket.destroy();
    },
  };
}

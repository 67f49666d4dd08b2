// Who is connected to the private SFTP server: so many at most, of whom nobody takes long to sign in.
import type { Socket } from "node:net";

const connectionsMax = 128;
/** Past this the one that has waited longest makes way: who knows the password signs in within a moment. */
const notSignedInMax = 32;
/** Tries to sign in on one connection; then it is cut. */
export const triesMax = 6;

export interface Connections {
  /** Takes a connection on, or cuts it and says false. */
  admit(socket: Socket): boolean;
  /** The connection from this port of the client's has signed in. */
  signedIn(port: number): void;
  /** Cuts the connection from this port. */
  cut(port: number): void;
  /** Cuts them all. */
  cutAll(): void;
}

/** Keeps count of connections. Those that have not signed in after `signInMsMax` are cut. */
export function keepConnections(signInMsMax: number): Connections {
  // By the client's port: all of them come from this machine.
  const all = new Map<number, Socket>();
  const notSignedIn = new Map<number, NodeJS.Timeout>();
  const cut = (port: number): void => void all.get(port)?.destroy();
  const signedIn = (port: number): void => {
    clearTimeout(notSignedIn.get(port));
    notSignedIn.delete(port);
  };
  return {
    admit: (socket) => {
      const port = socket.remotePort;
      if (port === undefined || all.size >= connectionsMax) {
        socket.destroy();
        return false;
      }
      const [longest] = notSignedIn.keys();
      if (longest !== undefined && notSignedIn.size >= notSignedInMax) cut(longest);
      all.set(port, socket);
      notSignedIn.set(
        port,
        setTimeout(() => cut(port), signInMsMax),
      );
      socket.once("close", () => {
        signedIn(port);
        all.delete(port);
      });
      return true;
    },
    signedIn,
    cut,
    cutAll: () => {
      for (const socket of all.values()) socket.destroy();
    },
  };
}

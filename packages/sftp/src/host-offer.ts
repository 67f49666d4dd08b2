// What an SSH server offers before anything is encrypted: its name and its lists of algorithms. Looked at only where no agreement
// was reached, so that people read what the server can do instead of "unreachable".
import type { Socket } from "node:net";
import { shownShort } from "@inventory-sync/domain";
import { SftpFailure } from "./failure.ts";

/** The greeting and the lists are a few KB; a server that sends more before them is not listened to. */
const HEARD_BYTES_MAX = 32 * 1024;
const KEXINIT = 20;
/** The message's number and its random bytes. */
const BEFORE_LISTS_BYTES = 17;
const NAMES_SHOWN_MAX = 300;

/** Where the lists stand in the message, and the word by which the failure tells which of them was the matter. */
const LISTS = [
  { at: 0, what: "key exchange", says: /key exchange/i },
  { at: 1, what: "host keys", says: /host key/i },
  { at: 3, what: "ciphers", says: /cipher/i },
  { at: 5, what: "message authentication", says: /MAC/ },
  { at: 7, what: "compression", says: /compression/i },
] as const;

/** Begins to listen to a server's first bytes; to be called before the socket is handed on, which must be in the same turn. */
export function hearOffer(socket: Socket) {
  const heard: Buffer[] = [];
  let bytes = 0;
  const hear = (chunk: Buffer): void => {
    heard.push(chunk);
    bytes += chunk.length;
    if (bytes >= HEARD_BYTES_MAX) socket.off("data", hear);
  };
  socket.on("data", hear);
  return {
    /** The failure to report when `error` is that nothing was agreed on; undefined for any other error. */
    disagreement: (error: unknown, server: string): SftpFailure | undefined => {
      const said = error instanceof Error ? error.message : "";
      if (!/no matching/i.test(said)) return undefined;
      const lists = offeredLists(Buffer.concat(heard));
      const about = LISTS.find(({ says }) => says.test(said));
      const offered = about && lists?.[about.at];
      const only =
        about && offered
          ? `for ${about.what} the server only offers ${shownShort(offered.join(", "), NAMES_SHOWN_MAX)}`
          : `nothing that the server offers is taken (${said})`;
      return new SftpFailure(
        "algorithms",
        `Could not agree with ${server} on how to encrypt: ${only}. That is too old to be safe: whoever runs the server has to update it, or to allow newer algorithms there.`,
      );
    },
  };
}

/** The name-lists of the server's first message (RFC 4253, 7.1); undefined where it is not there whole. Linear. */
export function offeredLists(heard: Buffer): string[][] | undefined {
  const start = afterGreeting(heard);
  if (start === undefined || heard.length < start + 5 + BEFORE_LISTS_BYTES || heard[start + 5] !== KEXINIT) {
    return undefined;
  }
  const lists: string[][] = [];
  let at = start + 5 + BEFORE_LISTS_BYTES;
  while (lists.length < 10) {
    if (at + 4 > heard.length) return undefined;
    const length = heard.readUInt32BE(at);
    at += 4;
    if (at + length > heard.length) return undefined;
    lists.push(heard.toString("latin1", at, at + length).split(","));
    at += length;
  }
  return lists;
}

/** Lines of any text may come before the one that begins with SSH-; the first message begins behind that. */
function afterGreeting(heard: Buffer): number | undefined {
  let lineAt = 0;
  for (;;) {
    const end = heard.indexOf("\n", lineAt);
    if (end < 0) return undefined;
    if (heard.toString("latin1", lineAt, lineAt + 4) === "SSH-") return end + 1;
    lineAt = end + 1;
  }
}

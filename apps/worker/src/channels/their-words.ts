// What a target says, as it is kept and shown: it ends in a database that has no zero byte, in logs, in chats and on terminals, and it may
// repeat what it was sent.
import { shortened, showable } from "@inventory-sync/domain";
import { withoutSecrets } from "@inventory-sync/runtime";

const CHARACTERS_MAX = 1_000;

/** A text with words of a target in it: in one line, with what is not seen written out, without secrets, bounded. */
export function theirWords(text: string): string {
  return shortened(showable(withoutSecrets(text).replaceAll(/\s/g, " ")), CHARACTERS_MAX);
}

// Signing in: which of our ways are tried at which server, and what is said when it takes none of them. A server that takes a
// password only by asking for it (keyboard-interactive, as PAM and many appliances do) is answered with the same password.
import { ITS_KEY, ITS_URL, SftpFailure } from "./failure.ts";

/** One question of a server that asks instead of taking a password; `echo` is false where the answer must not be seen. */
interface Prompt {
  readonly prompt: string;
  readonly echo?: boolean;
}

type Asked = (
  name: string,
  instructions: string,
  language: string,
  prompts: readonly Prompt[],
  answer: (answers: string[]) => void,
) => void;

/** A way to sign in, as ssh2 takes it. */
type Way =
  | { readonly type: "none"; readonly username: string }
  | { readonly type: "password"; readonly username: string; readonly password: string }
  | { readonly type: "publickey"; readonly username: string; readonly key: string }
  | { readonly type: "keyboard-interactive"; readonly username: string; readonly prompt: Asked };

export interface Credentials {
  readonly username: string;
  readonly password: string | undefined;
  /** The key itself, not its file. */
  readonly privateKey: string | undefined;
}

/**
 * Begins signing in: without anything (which makes the server say what it offers), with the password, with the key, and with the
 * password as the answer to the server's question where it offers to ask.
 */
export function signingIn(credentials: Credentials) {
  const ways = waysOf(credentials);
  const tried: string[] = [];
  let offers: readonly string[] = [];
  return {
    /** For ssh2: called with the ways that the server still offers, null before it has said so; gives the next way or false. */
    next: (offered: readonly string[] | null, _partial: boolean | null, go: (way: Way | false) => void) => {
      if (offered !== null && offered.length > 0) offers = offered;
      for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
        if (way.type === "keyboard-interactive" && !offers.includes(way.type)) continue;
        if (way.type !== "none") tried.push(way.type);
        return go(way);
      }
      go(false);
    },
    /** The failure to report when all ways were refused: it names what the server offers, which is what decides about the next step. */
    refused: (server: string) => new SftpFailure("auth", refusal(server, { offers, tried, credentials })),
  };
}

function waysOf({ username, password, privateKey }: Credentials): Way[] {
  const ways: Way[] = [{ type: "none", username }];
  if (password !== undefined) ways.push({ type: "password", username, password });
  if (privateKey !== undefined) ways.push({ type: "publickey", username, key: privateKey });
  if (password !== undefined) ways.push({ type: "keyboard-interactive", username, prompt: answerOnce(password) });
  return ways;
}

/** Gives the password to the first hidden question, and to no other: a second one asks for a code, or was not content. */
function answerOnce(password: string): Asked {
  let isGiven = false;
  return (_name, _instructions, _language, prompts, answer) => {
    const answers = prompts.map(({ echo }) => {
      if (echo === true || isGiven) return "";
      isGiven = true;
      return password;
    });
    answer(answers);
  };
}

function refusal(
  server: string,
  {
    offers,
    tried,
    credentials,
  }: { readonly offers: readonly string[]; readonly tried: readonly string[]; readonly credentials: Credentials },
): string {
  const had = tried.length === 0 ? "neither a password nor a key is given" : `refused: ${tried.join(", ")}`;
  const says =
    offers.length === 0 ? "The server does not say what it would take" : `The server offers ${offers.join(", ")}`;
  return `Could not sign in on ${server}: ${had}. ${says}. ${adviceFor(offers, credentials)}.`;
}

function adviceFor(offers: readonly string[], { password, privateKey }: Credentials): string {
  const takesPassword = offers.includes("password") || offers.includes("keyboard-interactive");
  const takesKey = offers.includes("publickey");
  if (takesKey && !takesPassword && privateKey === undefined) {
    return `It takes no password: set ${ITS_KEY} to one that is known there`;
  }
  if (takesPassword && !takesKey && password === undefined) return `It takes no key: put the password into ${ITS_URL}`;
  return `Check the user and the password in ${ITS_URL}, or ${ITS_KEY}`;
}

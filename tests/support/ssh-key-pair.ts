// A key pair for signing in to an SFTP server in a test.
import ssh2 from "ssh2";

const triesMax = 20;

/** Makes an ed25519 pair in OpenSSH's forms. Of those that the library makes, one in some three hundred cannot be read again. */
export function sshKeyPair(): { readonly private: string; readonly public: string } {
  for (let tries = 1; tries <= triesMax; tries += 1) {
    const made = ssh2.utils.generateKeyPairSync("ed25519");
    if (![made.private, made.public].some((key) => ssh2.utils.parseKey(key) instanceof Error)) return made;
  }
  throw new Error(`no usable key came of ${triesMax} tries`);
}

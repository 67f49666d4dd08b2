// ops keys sign, revoke, delete: what a client signs with, and the end of one of its keys or of all of it. Ingest reads the clients file
// again at every change, so that a key that was taken away is refused within a second.
import { type Client, makeSigningSecret, plural } from "@inventory-sync/domain";
import { type Command, exitCodes, Failure, UsageError } from "./command.ts";
import { clientOf } from "./keys.ts";

const HASH_CHARACTERS_MIN = 8;

const keysSign: Command = {
  name: "keys sign",
  usage: "NAME [--off] [--yes]",
  summary:
    "gives a client a new signing secret, shown once, with which it must sign from then on (Standard Webhooks); --off: it need not sign any more; asks",
  async run(run) {
    const { entry: client, replace } = await clientOf(run);
    const { name } = client;
    const { signingSecret: before, ...unsigned } = client;
    const off = run.has("off");
    if (off && before === undefined) throw new Failure(`${name} has no signing secret; nothing was changed.`);
    const would = off
      ? `From then on the key alone lets ${name} send.`
      : `What ${name} sends without a signature of ${before === undefined ? "this" : "the new"} secret is refused from then on.`;
    if (!(await run.isMeant(would))) return exitCodes.found;
    const signingSecret = makeSigningSecret();
    const changed: Client = off ? unsigned : { ...unsigned, signingSecret };
    const act = { what: "change what a client signs with", outcome: off ? "need not sign" : "must sign" };
    await replace(act, changed);
    return run.done(
      off ? { name, signs: false } : { name, signs: true, signingSecret },
      off
        ? `${name} need not sign any more.`
        : `The secret that ${name} signs with, shown this once:\n\n  ${signingSecret}\n\nIts requests must be signed from now on.`,
    );
  },
};

const keysRevoke: Command = {
  name: "keys revoke",
  usage: "NAME --key HASH [--yes]",
  summary: "ends one of a client's two keys at once, named by the beginning of its hash as keys list shows it; asks",
  async run(run) {
    const { entry: client, replace } = await clientOf(run);
    const { name } = client;
    const hash = run.text("key")?.toLowerCase() ?? "";
    if (hash.length < HASH_CHARACTERS_MIN)
      throw new UsageError(
        `--key is the hash of the key, ${HASH_CHARACTERS_MIN} characters of it or more; keys list shows it`,
      );
    const ended = client.keys.filter((each) => each.startsWith(hash));
    if (ended.length === 0) throw new Failure(`${name} has no key ${hash}. keys list shows those there are.`);
    const keys = client.keys.filter((each) => !ended.includes(each));
    if (keys.length === 0)
      throw new Failure(
        `It is the only key of ${name}. Give it another one first (keys rotate ${name}), or end the client (keys delete ${name}).`,
      );
    if (!(await run.isMeant(`A sender that still uses the key ${hash} of ${name} is refused from then on.`)))
      return exitCodes.found;
    const created = Object.entries(client.keysCreatedAt ?? {}).filter(([each]) => keys.includes(each));
    const changed: Client = {
      ...client,
      keys,
      ...(client.keysCreatedAt && { keysCreatedAt: Object.fromEntries(created) }),
    };
    await replace({ what: "revoke a client's key", outcome: `key ${hash} has ended` }, changed);
    return run.done(
      { name, revoked: hash },
      `The key ${hash} of ${name} is refused from now on; its other key goes on.`,
    );
  },
};

const keysDelete: Command = {
  name: "keys delete",
  usage: "NAME [--yes]",
  summary: "takes a client away with all of its keys, which are refused from then on; asks",
  async run(run) {
    const { entry: client, replace } = await clientOf(run);
    const { name, keys } = client;
    const would = `${name} can send nothing from then on: ${plural(keys.length, "key ends", "keys end")}. What it has sent stays.`;
    if (!(await run.isMeant(would))) return exitCodes.found;
    await replace({ what: "delete a client", outcome: "deleted" }, undefined);
    return run.done({ deleted: name }, `The client ${name} is gone; its keys are refused from now on.`);
  },
};

export const keyChangeCommands: readonly Command[] = [keysSign, keysRevoke, keysDelete];

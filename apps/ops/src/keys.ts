// ops keys create, rotate, list: the clients that may send events. A key is shown once, when it is made; the clients file keeps only its
// hash. What changes or ends a client is in keys-change.ts.
import {
  CLIENT_KEYS_MAX,
  type Client,
  clientsFile,
  type EventType,
  eventTypes,
  hashKey,
  isPlainName,
  KEY_ID_LENGTH,
  makeKey,
  makeSigningSecret,
  messageOf,
  PLAIN_NAME_WANTED,
  plural,
} from "@inventory-sync/domain";
import { unknownAmong } from "@inventory-sync/operator";
import { maskUrlsIn } from "@inventory-sync/runtime";
import { type Command, exitCodes, Failure, isWithoutDatabase, type Run, UsageError, whyWithout } from "./command.ts";
import { readSettings, type Settings } from "./settings-file.ts";

/** The clients file of ingest. @throws Failure when it has faults */
function readClients(run: Run): Promise<Settings<Client>> {
  return readSettings(run, {
    path: run.addresses.clientsFile,
    schema: clientsFile,
    entry: "client",
    list: "keys list",
    entriesOf: ({ clients }) => clients,
    fileOf: (clients) => ({ clients }),
  });
}

/** The name of the client that the command is about. @throws UsageError */
function nameOf(run: Run): string {
  return run.word("name the client");
}

/** The client that the command is about. @throws UsageError before the file is read; Failure when there is none */
export async function clientOf(run: Run): Promise<ReturnType<Settings<Client>["named"]>> {
  const name = nameOf(run);
  return (await readClients(run)).named(name);
}

export const keysCreate: Command = {
  name: "keys create",
  usage: "NAME [--facilities S001,EU-*] [--types sale,return] [--channels shop] [--signed] [--yes]",
  summary:
    "makes a client with its first key, for all facilities and types unless told otherwise; --signed: it must sign, with a secret shown once; --channels: it sends nothing, and reads these channels of kind feed. Asks where a facility is not known",
  async run(run) {
    const name = nameOf(run);
    if (!isPlainName(name)) throw new UsageError(`the name ${PLAIN_NAME_WANTED}`);
    const types = typesOption(run);
    const facilities = listOption(run, "facilities");
    const channels = listOption(run, "channels");
    const clients = await readClients(run);
    if (clients.entries.some((client) => client.name === name))
      throw new Failure(`There is a client ${name} already. Give it a new key with: keys rotate ${name}`);
    if (facilities && !(await areMeant(run, facilities))) return exitCodes.found;
    const key = makeKey();
    const secret = run.has("signed") ? makeSigningSecret() : undefined;
    const made: Client = {
      name,
      keys: [hashKey(key)],
      keysCreatedAt: { [hashKey(key)]: new Date().toISOString() },
      ...(channels === undefined ? { facilities: facilities ?? "*", types } : { facilities: [], types: [], channels }),
      ...(secret !== undefined && { signingSecret: secret }),
    };
    const outcome = channels
      ? `made for channels ${joined(channels)}`
      : `made for facilities ${joined(made.facilities)}, types ${joined(made.types)}`;
    await clients.add({ what: "make a client", outcome }, made);
    tellKey(run, { name, key, secret, note: `${name} may ${channels ? "read" : "send"} with it at once.` });
    return exitCodes.ok;
  },
};

/** Whether a client is meant for facilities that nobody has made known; they are asked about. */
async function areMeant(run: Run, facilities: readonly string[]): Promise<boolean> {
  // EU-* is meant for those too that are to come.
  const listed = facilities.filter((each) => !each.endsWith("*"));
  const unknown = await run
    .withDatabase((database) => unknownAmong(database, listed))
    .catch((error: unknown) => {
      if (!isWithoutDatabase(error)) throw error;
      run.out.say(`Whether these facilities are known could not be looked up: ${whyWithout(error)}`);
      return [];
    });
  if (unknown.length === 0) return true;
  const would = `${plural(unknown.length, "facility is", "facilities are")} not known: ${unknown.join(", ")}. A misspelt id would let the client send for nothing. To make one known: facilities add ID.`;
  return run.isMeant(would);
}

export const keysRotate: Command = {
  name: "keys rotate",
  usage: "NAME [--yes]",
  summary: "gives a client a new key; the one before it stays valid until the next rotation, which asks",
  async run(run) {
    const { entry: client, replace } = await clientOf(run);
    const { name } = client;
    const key = makeKey();
    // The newest is the last: what is dropped is what the rotation before this one replaced.
    const keys = [...client.keys, hashKey(key)].slice(-CLIENT_KEYS_MAX);
    const dropped = client.keys.length >= CLIENT_KEYS_MAX;
    const would = `Rotating would end the key of ${name} before the last one: a sender that still uses it is refused from then on.`;
    if (dropped && !(await run.isMeant(would))) return exitCodes.found;
    const createdAt = { ...client.keysCreatedAt, [hashKey(key)]: new Date().toISOString() };
    const keysCreatedAt = Object.fromEntries(Object.entries(createdAt).filter(([hash]) => keys.includes(hash)));
    const rotated = { ...client, keys, keysCreatedAt };
    const outcome = dropped ? "rotated; the key before the last has ended" : "rotated";
    await replace({ what: "rotate a client's key", outcome }, rotated);
    const note = dropped
      ? "The key before the last one is no longer valid."
      : "The key it replaces stays valid until the next rotation.";
    tellKey(run, { name, key, note });
    return exitCodes.ok;
  },
};

export const keysList: Command = {
  name: "keys list",
  summary: "lists the clients, what they may send, and when each of their keys was made and last used",
  async run(run) {
    const { entries: clients } = await readClients(run);
    const hashes = clients.flatMap(({ keys }) => keys);
    const uses = await usesOf(run, hashes);
    const listed = clients.map(
      ({ name, keys, keysCreatedAt, facilities, types, requestsPerSecondMax, signingSecret }) => ({
        name,
        keys: keys.map((hash) => ({
          hash: hash.slice(0, KEY_ID_LENGTH),
          createdAt: keysCreatedAt?.[hash] ?? null,
          lastUsedAt: uses.lastUsedAt.get(hash)?.toISOString() ?? null,
        })),
        facilities,
        types,
        requestsPerSecondMax: requestsPerSecondMax ?? null,
        signs: signingSecret !== undefined,
      }),
    );
    run.out.document({ clients: listed, ...(uses.fault !== undefined && { lastUseUnknown: uses.fault }) });
    if (listed.length === 0) run.out.say("There are no clients yet. Make one with: keys create NAME");
    const notUsed = uses.fault === undefined ? "not seen" : "unknown";
    const rows = listed.flatMap(({ name, keys, facilities, types, signs }) => {
      const may = [joined(facilities), joined(types), signs ? "yes" : "no"];
      return keys.map(({ hash, ...at }) => [name, hash, ...may, at.createdAt ?? "unknown", at.lastUsedAt ?? notUsed]);
    });
    if (rows.length > 0)
      run.out.table(["name", "key (hash)", "facilities", "types", "signs", "created", "last used"], rows);
    if (uses.fault !== undefined && rows.length > 0)
      run.out.say(`When they were last used is not known: ${uses.fault}`);
    return exitCodes.ok;
  },
};

/** When the keys were last used, as ingest notes it in the queue; without the queue the list is still worth showing. */
async function usesOf(run: Run, hashes: readonly string[]): Promise<{ lastUsedAt: Map<string, Date>; fault?: string }> {
  if (hashes.length === 0) return { lastUsedAt: new Map() };
  try {
    return { lastUsedAt: await run.withQueues((queues) => queues.clientUses(hashes)) };
  } catch (error) {
    return { lastUsedAt: new Map(), fault: maskUrlsIn(messageOf(error)) };
  }
}

function listOption(run: Run, option: string): string[] | undefined {
  const text = run.text(option);
  if (text === undefined || text === "*") return undefined;
  const items = text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  if (items.length === 0) throw new UsageError(`--${option} needs one or more values, separated by commas`);
  return items;
}

function typesOption(run: Run): Client["types"] {
  const types = listOption(run, "types");
  const unknown = types?.find((type) => !eventTypes.includes(type as EventType));
  if (unknown !== undefined)
    throw new UsageError(`--types: there is no event type ${unknown}; there are ${eventTypes.join(", ")}`);
  return (types as EventType[] | undefined) ?? "*";
}

function tellKey(
  run: Run,
  made: { readonly name: string; readonly key: string; readonly secret?: string | undefined; readonly note: string },
): void {
  const { name, key, secret, note } = made;
  run.out.document({ name, key, ...(secret !== undefined && { signingSecret: secret }) });
  run.out.say(`The key of ${name}, shown this once:\n\n  ${key}\n`);
  if (secret !== undefined) run.out.say(`The secret that it signs with, shown this once:\n\n  ${secret}\n`);
  run.out.say(note);
}

function joined(allowed: "*" | readonly string[]): string {
  return allowed === "*" ? "all" : allowed.join(",");
}

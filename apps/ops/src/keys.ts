// ops keys: who may send events. A key is shown once, when it is made; the file keeps only its hash.
import { CLIENT_KEYS_MAX, type Client, type EventType, eventTypes, hashKey, makeKey } from "@inventory-sync/domain";
import { maskUrlsIn } from "@inventory-sync/runtime";
import { readClientsFile, writeClientsFile } from "./clients-file.ts";
import {
  type Command,
  exitCodes,
  Failure,
  messageOf,
  type Run,
  textOption,
  UsageError,
  withQueues,
} from "./command.ts";
import { isMeant, yesOption } from "./confirm.ts";
import { table } from "./output.ts";

const HASH_SHOWN = 8;

export const keysCreate: Command = {
  name: "keys create",
  usage: "NAME [--facilities S001,S002] [--types sale,return]",
  summary: "makes a client with its first key, for all facilities and types unless told otherwise",
  options: { facilities: { type: "string" }, types: { type: "string" } },
  positionalsMax: 1,
  async run(run) {
    const name = nameOf(run);
    const path = run.addresses.clientsFile;
    const { clients } = await readClientsFile(path);
    if (clients.some((client) => client.name === name)) {
      throw new Failure(`There is a client ${name} already. Give it a new key with: keys rotate ${name}`);
    }
    const key = makeKey();
    const made: Client = {
      name,
      keys: [hashKey(key)],
      keysCreatedAt: { [hashKey(key)]: new Date().toISOString() },
      facilities: listOption(run, "facilities") ?? "*",
      types: typesOption(run),
    };
    await writeClientsFile(path, { clients: [...clients, made] });
    tellKey(run, { name, key, note: `${name} may send with it at once.` });
    return exitCodes.ok;
  },
};

export const keysRotate: Command = {
  name: "keys rotate",
  usage: "NAME [--yes]",
  summary: "gives a client a new key; the one before it stays valid until the next rotation, which asks",
  options: yesOption,
  positionalsMax: 1,
  async run(run) {
    const name = nameOf(run);
    const path = run.addresses.clientsFile;
    const { clients } = await readClientsFile(path);
    const client = clients.find((each) => each.name === name);
    if (!client) throw new Failure(`There is no client ${name} in ${path}. keys list shows those there are.`);
    const key = makeKey();
    // The newest stands last: what is dropped is what the rotation before this one replaced.
    const keys = [...client.keys, hashKey(key)].slice(-CLIENT_KEYS_MAX);
    const dropped = client.keys.length >= CLIENT_KEYS_MAX;
    const would = `Rotating would end the key of ${name} before the last one: whoever still sends with it is refused from then on.`;
    if (dropped && !(await isMeant(run, would))) return exitCodes.found;
    const createdAt = { ...client.keysCreatedAt, [hashKey(key)]: new Date().toISOString() };
    const keysCreatedAt = Object.fromEntries(Object.entries(createdAt).filter(([hash]) => keys.includes(hash)));
    const rotated = { ...client, keys, keysCreatedAt };
    await writeClientsFile(path, { clients: clients.map((each) => (each === client ? rotated : each)) });
    const note = dropped
      ? "The key before the last one is no longer valid."
      : "The key it replaces stays valid until the next rotation.";
    tellKey(run, { name, key, note });
    return exitCodes.ok;
  },
};

export const keysList: Command = {
  name: "keys list",
  usage: "",
  summary: "lists the clients, what they may send, and when each of their keys was made and last used",
  options: {},
  positionalsMax: 0,
  async run(run) {
    const { clients } = await readClientsFile(run.addresses.clientsFile);
    const hashes = clients.flatMap(({ keys }) => keys);
    const uses = await usesOf(run, hashes);
    const listed = clients.map(
      ({ name, keys, keysCreatedAt, facilities, types, requestsPerSecondMax, signingSecret }) => ({
        name,
        keys: keys.map((hash) => ({
          hash: hash.slice(0, HASH_SHOWN),
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
    const rows = listed.flatMap((each) =>
      each.keys.map(({ hash, createdAt, lastUsedAt }) => [
        ...[each.name, hash, joined(each.facilities), joined(each.types), each.signs ? "yes" : "no"],
        ...[createdAt ?? "unknown", lastUsedAt ?? notUsed],
      ]),
    );
    const header = ["name", "key (hash)", "facilities", "types", "signs", "created", "last used"];
    if (rows.length > 0) for (const line of table(header, rows)) run.out.say(line);
    if (uses.fault !== undefined && rows.length > 0)
      run.out.say(`When they were last used is not known: ${uses.fault}`);
    return exitCodes.ok;
  },
};

/** When the keys were last used, as ingest notes it in the queue; without the queue the list is still worth showing. */
async function usesOf(run: Run, hashes: readonly string[]): Promise<{ lastUsedAt: Map<string, Date>; fault?: string }> {
  if (hashes.length === 0) return { lastUsedAt: new Map() };
  try {
    return { lastUsedAt: await withQueues(run, (queues) => queues.clientUses(hashes)) };
  } catch (error) {
    return { lastUsedAt: new Map(), fault: maskUrlsIn(messageOf(error)) };
  }
}

function nameOf({ positionals }: Run): string {
  const [name] = positionals;
  if (name === undefined) throw new UsageError("name the client");
  return name;
}

function listOption(run: Run, option: string): string[] | undefined {
  const text = textOption(run, option);
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

function tellKey(run: Run, { name, key, note }: { name: string; key: string; note: string }): void {
  run.out.document({ name, key });
  run.out.say(`The key of ${name}, shown this once:\n\n  ${key}\n\n${note}`);
}

function joined(allowed: "*" | readonly string[]): string {
  return allowed === "*" ? "all" : allowed.join(",");
}

// The clients file of ingest, as the commands about keys read and change it.
import { type Client, type ClientsFile, clientsFile } from "@inventory-sync/domain";
import { Failure, type Run, UsageError } from "./command.ts";
import { auditedIfReachable } from "./operator.ts";
import { readSettings, type SettingsFile, writeSettings } from "./settings-file.ts";

function fileOf(run: Run): SettingsFile<ClientsFile> {
  return { run, path: run.addresses.clientsFile, schema: clientsFile, none: { clients: [] }, what: "clients file" };
}

/** All clients; none when there is no file yet. @throws Failure when the file has faults */
export async function clientsOf(run: Run): Promise<readonly Client[]> {
  return (await readSettings(fileOf(run))).clients;
}

/** The name of the client that the command is about. @throws UsageError */
export function nameOf({ positionals: [name] }: Run): string {
  if (name === undefined) throw new UsageError("name the client");
  return name;
}

/** The client that the command is about, among all. @throws Failure when there is none */
export async function clientOf(run: Run): Promise<{ readonly client: Client; readonly clients: readonly Client[] }> {
  const name = nameOf(run);
  const clients = await clientsOf(run);
  const client = clients.find((each) => each.name === name);
  if (client) return { client, clients };
  throw new Failure(`There is no client ${name} in ${run.addresses.clientsFile}. keys list shows those there are.`);
}

/** Writes the clients anew. @param act what was done to which client, for the audit log */
export async function changeClients(
  run: Run,
  { what, name, outcome }: { readonly what: string; readonly name: string; readonly outcome: string },
  clients: readonly Client[],
): Promise<void> {
  const act = { what, target: `client ${name}`, outcome: () => outcome };
  await auditedIfReachable(run, act, () => writeSettings(fileOf(run), { clients: [...clients] }));
}

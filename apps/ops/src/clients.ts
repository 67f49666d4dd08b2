// The clients file of ingest, as the commands about keys read and change it.
import { type Client, clientsFile } from "@inventory-sync/domain";
import { Failure, type Run } from "./command.ts";
import { readSettings } from "./settings-file.ts";

/** What is done to a client, for the audit log. */
type Act = { readonly what: string; readonly outcome: string };

/** The name of the client that the command is about. @throws UsageError */
export function nameOf(run: Run): string {
  return run.word("name the client");
}

/** All clients, and how one is put in the place of another, of none, or taken away. @throws Failure when the file has faults */
export async function clientsOf(run: Run) {
  const of = { path: run.addresses.clientsFile, schema: clientsFile, none: { clients: [] }, what: "clients file" };
  const { value, change } = await readSettings(run, of);
  const { clients } = value;
  return {
    clients,
    async replace(act: Act, before: Client | undefined, after: Client | undefined): Promise<void> {
      const place = before === undefined ? clients.length : clients.indexOf(before);
      const changed = clients.toSpliced(place, 1, ...(after === undefined ? [] : [after]));
      await change({ ...act, target: `client ${(before ?? after)?.name}` }, { clients: changed });
    },
  };
}

/** The client that the command is about, and how another is put in its place, or it is taken away. @throws Failure when there is none */
export async function clientOf(run: Run) {
  const name = nameOf(run);
  const { clients, replace } = await clientsOf(run);
  const client = clients.find((each) => each.name === name);
  if (!client)
    throw new Failure(`There is no client ${name} in ${run.addresses.clientsFile}. keys list shows those there are.`);
  return { client, replace: (act: Act, after?: Client) => replace(act, client, after) };
}

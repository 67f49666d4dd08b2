// Who sends, and what that client may send (flow 1, steps 1 and 4).
import type { Client, EventType } from "@inventory-sync/domain";
import type { Clients, KnownClient } from "./clients.ts";
import { type Fault, Problem } from "./problem.ts";

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/**
 * The client whose key the request carries.
 * @throws Problem 401.
 */
export function authenticate(authorization: string | undefined, clients: Clients): KnownClient {
  const key = BEARER.exec(authorization ?? "")?.[1];
  if (key === undefined) {
    throw unauthorized("Send the client's key in the header Authorization: Bearer <key>.", "");
  }
  const known = clients.find(key);
  if (known === undefined) {
    throw unauthorized(
      "The key is not one of a known client. Ask the operator for a new one.",
      ', error="invalid_token"',
    );
  }
  return known;
}

function unauthorized(detail: string, parameters: string): Problem {
  return new Problem("unauthorized", detail, {
    headers: { "www-authenticate": `Bearer realm="inventory-sync"${parameters}` },
  });
}

/** One thing that a request wants to do. The paths say where the body asks for it. */
export type Wish = {
  readonly facilityId: string;
  readonly types: readonly EventType[];
  readonly facilityPath: Fault["path"];
  readonly typePath: Fault["path"];
  readonly line?: number;
};

/**
 * Lets a request pass only if the client may do all of it.
 * @throws Problem 403 naming each facility and type that the client may not send.
 */
export function authorize(client: Client, wishes: readonly Wish[]): void {
  const facilities = client.facilities === "*" ? undefined : new Set(client.facilities);
  const types = client.types === "*" ? undefined : new Set(client.types);
  const faults = wishes.flatMap((wish) => {
    const line = wish.line !== undefined && { line: wish.line };
    const wrongTypes = wish.types.filter((type) => types?.has(type) === false);
    return [
      ...(facilities?.has(wish.facilityId) === false
        ? [{ path: wish.facilityPath, detail: `may not send for facility ${wish.facilityId}`, ...line }]
        : []),
      ...wrongTypes.map((type) => ({ path: wish.typePath, detail: `may not send events of type ${type}`, ...line })),
    ];
  });
  if (faults.length === 0) return;
  const what = [...new Set(faults.map(({ detail }) => detail))].slice(0, 5).join("; ");
  throw new Problem(
    "forbidden",
    `Client ${client.name}: ${what}. Nothing was accepted. Ask the operator to allow it.`,
    { faults },
  );
}

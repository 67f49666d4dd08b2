// @idempotent: a key is known for a day, with a fingerprint of what it was used for. A call that repeats it is not carried out again, and its
// answer is made from what is there now.
import { createHash } from "node:crypto";
import { GraphQLError, type GraphQLResolveInfo, getDirectiveValues } from "graphql";
import { isStrict, type Version } from "./schema.ts";

const KEPT_MS = 86_400_000;

interface Used {
  readonly fingerprint: string;
  readonly at: number;
  state: "running" | "done" | "failed";
  payload?: unknown;
}

/** An error that a payload tells. */
export interface UserError {
  readonly code?: string;
  readonly field: readonly string[] | null;
  readonly message: string;
}

export interface Keys {
  /** How often a key came again. */
  readonly repeated: number;
  /** As at the beginning of 2026: the directive is looked for, and nothing is kept. */
  isHonoured: boolean;
  /** Carries a mutation out, once a key. `refusal` makes a payload of errors about the key, from that of the first call where there is one. */
  once<Payload>(
    info: GraphQLResolveInfo,
    call: {
      readonly version: Version;
      readonly parameters: unknown;
      run(): Promise<Payload>;
      refusal(error: UserError, first: Payload | undefined): Payload;
    },
  ): Promise<Payload>;
}

export function openKeys(now: () => number): Keys {
  const used = new Map<string, Used>();
  const keys: Keys & { repeated: number } = {
    repeated: 0,
    isHonoured: true,
    once: async (info, { version, parameters, run, refusal }) => {
      const key = keyOf(info, version);
      if (key === undefined) return run();
      const fingerprint = createHash("sha256")
        .update(`${info.fieldName} ${JSON.stringify(parameters)}`)
        .digest("hex");
      const before = used.get(key);
      if (before !== undefined) keys.repeated += 1;
      if (before !== undefined && keys.isHonoured && now() - before.at < KEPT_MS) {
        const first = before.payload as Awaited<ReturnType<typeof run>> | undefined;
        const refused = (code: string, message: string) => refusal({ code, field: null, message }, first);
        if (before.fingerprint !== fingerprint)
          return refused(
            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
            "The same idempotency key cannot be used with different operation parameters.",
          );
        if (before.state === "running")
          return refused("IDEMPOTENCY_CONCURRENT_REQUEST", "This request is currently in progress, please try again.");
        if (before.state === "failed" || first === undefined)
          return refused("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "The previous attempt failed, use a new key.");
        return first;
      }
      const use: Used = { fingerprint, at: now(), state: "running" };
      used.set(key, use);
      try {
        const payload = await run();
        use.payload = payload;
        use.state = "done";
        return payload;
      } catch (error) {
        use.state = "failed";
        throw error;
      }
    },
  };
  return keys;
}

function keyOf(info: GraphQLResolveInfo, version: Version): string | undefined {
  const [node] = info.fieldNodes;
  const directive = info.schema.getDirective("idempotent");
  if (node === undefined || !directive) throw new Error("the schema has no @idempotent");
  const key = getDirectiveValues(directive, node, info.variableValues)?.key as string | undefined;
  const refused = (message: string) => new GraphQLError(message, { nodes: node, extensions: { code: "BAD_REQUEST" } });
  if (key === undefined && isStrict(version))
    throw refused("The @idempotent directive is required for this mutation but was not provided.");
  if (key !== undefined && key.trim() === "") throw refused("The idempotency key must not be empty.");
  return key;
}

// A GraphQL request from its text to its answer: the frames of Shopify's errors, all of them at HTTP 200, and the cost beside the data.
import {
  coerceInputValue,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoDeprecatedCustomRule,
  parse,
  specifiedRules,
  typeFromAST,
  validate,
} from "graphql";
import type { Bucket } from "./bucket.ts";
import { costOf, MUTATION_COST } from "./cost.ts";
import { schemaOf, type Version } from "./schema.ts";

const COST_MAX = 1_000;
const ARRAY_MAX = 250;
const DOCS = "https://shopify.dev/api/usage/rate-limits";

type Variables = Readonly<Record<string, unknown>>;
interface Frame {
  data?: unknown;
  errors?: readonly object[];
  extensions?: object;
}

/** Answers one request. `fail` is thrown in place of what it would do. */
export async function answerQuery(
  text: string,
  shop: {
    readonly version: Version;
    readonly rootValue: object;
    readonly bucket: Bucket;
  },
): Promise<Frame> {
  const { query, variables = {} } = JSON.parse(text) as { query: string; variables?: Variables };
  const schema = schemaOf(shop.version);
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch (error) {
    return { errors: [{ ...(error as GraphQLError).toJSON() }] };
  }
  const wrong = validate(schema, document, [...specifiedRules, NoDeprecatedCustomRule]);
  if (wrong.length > 0) return { errors: wrong.map(validationFrame) };
  const invalid = variableFrames(schema, document, variables);
  if (invalid.length > 0) return { errors: invalid };
  const { bucket } = shop;
  const requested = costOf({ schema, document, variables });
  const cost = (actual: number | null) => ({
    cost: { requestedQueryCost: requested, actualQueryCost: actual, throttleStatus: bucket.status() },
  });
  const long = longArray(variables, [rootFieldOf(document)]);
  if (long) return { errors: [long], extensions: cost(null) };
  if (requested > COST_MAX) return { errors: [tooDear(requested)] };
  if (!bucket.take(requested))
    return {
      errors: [{ message: "Throttled", extensions: { code: "THROTTLED", documentation: DOCS } }],
      extensions: cost(null),
    };
  const { data, errors } = await execute({
    ...{ schema, document, variableValues: variables },
    rootValue: shop.rootValue,
  });
  const actual = actualOf({ schema, document, variables }, { requested, data, isFailed: errors !== undefined });
  bucket.giveBack(requested - actual);
  return { ...(errors && { errors: errors.map((error) => error.toJSON()) }), data, extensions: cost(actual) };
}

function rootFieldOf({ definitions }: DocumentNode): string {
  const [operation] = definitions;
  const field = operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections[0] : undefined;
  return field?.kind === Kind.FIELD ? field.name.value : "";
}

/** A mutation that fails costs its own ten points only; a read what it found. */
function actualOf(
  asked: { schema: GraphQLSchema; document: DocumentNode; variables: Variables },
  { requested, data, isFailed }: { requested: number; data: unknown; isFailed: boolean },
): number {
  const [operation] = asked.document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION || operation.operation !== "mutation")
    return Math.min(requested, costOf(asked, data));
  const payload = Object.values((data ?? {}) as Record<string, { userErrors?: unknown[] } | null>)[0];
  return isFailed || (payload?.userErrors?.length ?? 0) > 0 ? MUTATION_COST : requested;
}

function validationFrame(error: GraphQLError): object {
  const { message, locations } = error.toJSON();
  const misplaced = /^Directive "@(\w+)" may not be used on (\w+)/.exec(message);
  if (misplaced) {
    const [, name, place = ""] = misplaced;
    const target = `${place.toLowerCase()}s`;
    return {
      message: `'@${name}' can't be applied to ${target} (allowed: fields)`,
      locations,
      extensions: { code: "directiveCannotBeApplied", targetName: target, name },
    };
  }
  const field = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(message);
  if (field)
    return {
      message: `Field '${field[1]}' doesn't exist on type '${field[2]}'`,
      locations,
      extensions: { code: "undefinedField", typeName: field[2], fieldName: field[1] },
    };
  const directive = /^Unknown directive "@(\w+)"/.exec(message);
  if (directive)
    return {
      message: `Directive @${directive[1]} is not defined`,
      locations,
      extensions: { code: "undefinedDirective", directiveName: directive[1] },
    };
  return { message, locations, extensions: { code: "argumentLiteralsIncompatible" } };
}

/** INVALID_VARIABLE: one error a variable, with every problem in it. */
function variableFrames(schema: GraphQLSchema, { definitions }: DocumentNode, variables: Variables): object[] {
  const declared = definitions.flatMap((each) =>
    each.kind === Kind.OPERATION_DEFINITION ? (each.variableDefinitions ?? []) : [],
  );
  return declared.flatMap((declaration) => {
    const name = declaration.variable.name.value;
    const type = typeFromAST(schema, declaration.type as never);
    const value = variables[name];
    if (!type || (value === undefined && declaration.type.kind !== Kind.NON_NULL_TYPE)) return [];
    const problems: { path: readonly (string | number)[]; explanation: string }[] = [];
    coerceInputValue(value, type as never, (path, _value, error) => problems.push(problemOf(path, error)));
    if (problems.length === 0) return [];
    const shown = problems.map(({ path, explanation }) => `${path.join(".")} (${explanation})`).join(", ");
    const message = `Variable $${name} of type ${String(type)} was provided invalid value${problems[0]?.path.length === 0 ? "" : ` for ${shown}`}`;
    const { locations } = new GraphQLError(message, { nodes: declaration });
    return [{ message, locations, extensions: { code: "INVALID_VARIABLE", value: value ?? null, problems } }];
  });
}

function problemOf(path: readonly (string | number)[], { message }: GraphQLError) {
  const [, field, type] = /^Field "(\w+)" is not defined by type "(\w+)"/.exec(message) ?? [];
  if (field !== undefined) return { path: [...path, field], explanation: `Field is not defined on ${type}` };
  const [, missing] = /^Field "(\w+)" of required type/.exec(message) ?? [];
  if (missing !== undefined) return { path: [...path, missing], explanation: "Expected value to not be null" };
  return { path, explanation: message };
}

function longArray(value: unknown, path: readonly string[]): object | undefined {
  if (Array.isArray(value) && value.length > ARRAY_MAX) {
    const message = `The input array size of ${value.length} is greater than the maximum allowed of ${ARRAY_MAX}.`;
    return { message, path, extensions: { code: "MAX_INPUT_SIZE_EXCEEDED" } };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const found = longArray(inner, [...path, name]);
    if (found) return found;
  }
  return undefined;
}

function tooDear(cost: number): object {
  return {
    message: `Query cost is ${cost}, which exceeds the single query max cost limit (${COST_MAX}).`,
    extensions: { code: "MAX_COST_EXCEEDED", cost, maxCost: COST_MAX, documentation: DOCS },
  };
}

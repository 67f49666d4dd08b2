// What a request costs. Objects cost one point, a mutation ten and its payload nothing besides; a connection costs the less a node the longer
// it is. Fits the costs that real answers show; where none is known it is the dearest reading of Shopify's rules.
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";

export const MUTATION_COST = 10;
const CONNECTION = 2;
/** Of the few connections whose cost is known: 1, 10 and 50 long. */
const GROWTH = 0.53;

interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The points of a document. @param data of an answer: then connections at the top count as long as they were, else as long as was asked for */
export function costOf(asked: Asked, data?: unknown): number {
  let points = 0;
  for (const definition of asked.document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const isMutation = definition.operation === "mutation";
    const root = asked.schema.getRootType(definition.operation) ?? undefined;
    points += isMutation ? MUTATION_COST : 0;
    // In a mutation the payload is free, and so is what stands in it.
    points += costInside({ ...asked, data }, definition.selectionSet, root, isMutation ? 2 : 0);
  }
  return Math.ceil(points);
}

function costInside(
  asked: Asked & { readonly data?: unknown },
  set: SelectionSetNode | undefined,
  type: GraphQLNamedType | undefined,
  free: number,
): number {
  let points = 0;
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) points += costOfField(asked, selection, type, free);
    if (selection.kind === Kind.INLINE_FRAGMENT)
      points += costInside(
        asked,
        selection.selectionSet,
        asked.schema.getType(selection.typeCondition?.name.value ?? ""),
        free,
      );
  }
  return points;
}

function costOfField(
  asked: Asked & { readonly data?: unknown },
  field: FieldNode,
  parent: GraphQLNamedType | undefined,
  free: number,
): number {
  const definition = isObjectType(parent) ? parent.getFields()[field.name.value] : undefined;
  const type = definition && getNamedType(definition.type);
  if (!field.selectionSet || !type || type.name.endsWith("UserError") || type.name === "PageInfo") return 0;
  const within = costInside(asked, field.selectionSet, type, Math.max(0, free - 1));
  if (type.name.endsWith("Connection")) {
    const answered = (asked.data as Record<string, { nodes?: unknown[] } | null> | undefined)?.[field.name.value];
    return CONNECTION + (answered?.nodes?.length ?? Number(argumentOf(asked, field, "first"))) ** GROWTH * within;
  }
  const ids = argumentOf(asked, field, "ids");
  return (Array.isArray(ids) ? ids.length : 1) * ((free > 0 ? 0 : 1) + within);
}

function argumentOf({ variables }: Asked, field: FieldNode, name: string): unknown {
  const value = field.arguments?.find((each) => each.name.value === name)?.value;
  return value && valueFromASTUntyped(value, { ...variables });
}

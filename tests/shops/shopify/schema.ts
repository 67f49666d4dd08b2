// The part of Shopify's Admin API that is about stock, by version: what inventory-sync may ask, and enough beside it that a wrong request is
// told apart from a right one.
import { buildSchema, type GraphQLSchema } from "graphql";

/** The versions that are served, the oldest first. */
export const versions = ["2026-01", "2026-04", "2026-07"] as const;
export type Version = (typeof versions)[number];

/** Whether a mutation must have a key and must say what it changes from: from 2026-04 on. */
export function isStrict(version: Version): boolean {
  return version !== "2026-01";
}

const schemas = new Map<Version, GraphQLSchema>();

/** The schema of a version. */
export function schemaOf(version: Version): GraphQLSchema {
  const schema = schemas.get(version) ?? buildSchema(sdl(version));
  schemas.set(version, schema);
  return schema;
}

const userErrorCodes = `
  INVALID_INVENTORY_ITEM INVALID_LOCATION INVALID_NAME INVALID_QUANTITY_NEGATIVE INVALID_QUANTITY_TOO_HIGH INVALID_QUANTITY_TOO_LOW
  INVALID_REASON INVALID_REFERENCE_DOCUMENT ITEM_NOT_STOCKED_AT_LOCATION NON_MUTABLE_INVENTORY_ITEM
  NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR COMPARE_QUANTITY_REQUIRED COMPARE_QUANTITY_STALE CHANGE_FROM_QUANTITY_STALE
  IDEMPOTENCY_CONCURRENT_REQUEST IDEMPOTENCY_KEY_PARAMETER_MISMATCH IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED`;

function sdl(version: Version): string {
  const old = !isStrict(version);
  return `
directive @idempotent(key: String!) on FIELD
scalar DateTime

interface Node { id: ID! }
enum ProductVariantSortKeys { ID RELEVANCE SKU TITLE }

type Query {
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  shop: Shop!
  locations(first: Int, after: String, includeInactive: Boolean = false, includeLegacy: Boolean = false): LocationConnection!
  inventoryItem(id: ID!): InventoryItem
  inventoryItems(first: Int, after: String, query: String, reverse: Boolean = false): InventoryItemConnection!
  productVariants(first: Int, after: String, query: String, reverse: Boolean = false, sortKey: ProductVariantSortKeys = ID): ProductVariantConnection!
  inventoryLevel(id: ID!): InventoryLevel
}
type Mutation {
  inventorySetQuantities(input: InventorySetQuantitiesInput!): InventorySetQuantitiesPayload
  inventoryActivate(inventoryItemId: ID!, locationId: ID!, available: Int, onHand: Int, stockAtLegacyLocation: Boolean = false): InventoryActivatePayload
}

type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type Shop { id: ID! name: String! resourceLimits: ShopResourceLimits! }
type ShopResourceLimits { locationLimit: Int! }
type Location implements Node { id: ID! name: String! isActive: Boolean! }
type LocationConnection { nodes: [Location!]! pageInfo: PageInfo! }
type Product implements Node { id: ID! title: String! totalInventory: Int! tracksInventory: Boolean! }
type ProductVariant implements Node {
  id: ID! sku: String barcode: String requiresComponents: Boolean! inventoryQuantity: Int inventoryItem: InventoryItem! product: Product!
}
type ProductVariantConnection { nodes: [ProductVariant!]! pageInfo: PageInfo! }
type InventoryItem implements Node {
  id: ID! sku: String tracked: Boolean! requiresShipping: Boolean! duplicateSkuCount: Int! variant: ProductVariant!
  inventoryLevel(locationId: ID!, includeInactive: Boolean = false): InventoryLevel
  inventoryLevels(first: Int, after: String, includeInactive: Boolean = false): InventoryLevelConnection!
}
type InventoryItemConnection { nodes: [InventoryItem!]! pageInfo: PageInfo! }
type InventoryLevel implements Node {
  id: ID! isActive: Boolean! item: InventoryItem! location: Location! quantities(names: [String!]!): [InventoryQuantity!]! updatedAt: DateTime!
}
type InventoryLevelConnection { nodes: [InventoryLevel!]! pageInfo: PageInfo! }
type InventoryQuantity { name: String! quantity: Int! updatedAt: DateTime }

input InventorySetQuantitiesInput {
  name: String! reason: String! referenceDocumentUri: String quantities: [InventoryQuantityInput!]!
  ${old ? "ignoreCompareQuantity: Boolean = false" : ""}
}
input InventoryQuantityInput {
  inventoryItemId: ID! locationId: ID! quantity: Int! changeFromQuantity: Int
  ${old ? "compareQuantity: Int" : ""}
}
type InventorySetQuantitiesPayload {
  inventoryAdjustmentGroup: InventoryAdjustmentGroup
  userErrors: [InventorySetQuantitiesUserError!]!
}
type InventorySetQuantitiesUserError { code: InventorySetQuantitiesUserErrorCode field: [String!] message: String! }
enum InventorySetQuantitiesUserErrorCode {${userErrorCodes} }
type InventoryAdjustmentGroup implements Node {
  id: ID! createdAt: DateTime! reason: String! referenceDocumentUri: String
  changes(inventoryItemIds: [ID!], locationIds: [ID!], quantityNames: [String!]): [InventoryChange!]!
}
type InventoryChange { name: String! delta: Int! quantityAfterChange: Int ledgerDocumentUri: String item: InventoryItem location: Location }
type InventoryActivatePayload { inventoryLevel: InventoryLevel userErrors: [UserError!]! }
type UserError { field: [String!] message: String! }
`;
}

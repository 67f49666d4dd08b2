// Addresses of stock: one facility, one product at it; and the column of a table that leads to it.
import { html } from "../../ui/html.ts";
import type { ColumnOf } from "../../ui/table.ts";

/** The page of a facility. */
export function facilityHref(facilityId: string): string {
  return `/facilities/${encodeURIComponent(facilityId)}`;
}

interface ProductAtFacility {
  readonly facilityId: string;
  readonly idType: string;
  readonly idValue: string;
}

/** The page of one product at a facility. */
export function productHref(of: ProductAtFacility): string {
  return `${facilityHref(of.facilityId)}/products/${encodeURIComponent(of.idType)}/${encodeURIComponent(of.idValue)}`;
}

/** The page of one event. */
export function eventHref({ facilityId, eventId }: { readonly facilityId: string; readonly eventId: string }): string {
  return `${facilityHref(facilityId)}/events/${encodeURIComponent(eventId)}`;
}

/** An outside id as a part of an element's id, which has no blanks. */
export function idPart(text: string): string {
  return encodeURIComponent(text);
}

/** The column of a table that names products at facilities. */
export const productColumn: ColumnOf<ProductAtFacility> = {
  title: "Product",
  wraps: true,
  cell: (each) => html`<a href="${productHref(each)}">${each.idValue}</a> <span class="soft">${each.idType}</span>`,
};

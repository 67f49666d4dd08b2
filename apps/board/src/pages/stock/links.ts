// Addresses of stock: one facility, one product at it, one channel that sells it; and the columns of a table that lead there.
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

/** The page of a facility's part of a reset. */
export function partHref(resetId: string, facilityId: string): string {
  return `/resets/${resetId}?facility=${encodeURIComponent(facilityId)}`;
}

/** The page of a channel. */
export function channelHref(name: string): string {
  return `/channels/${encodeURIComponent(name)}`;
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

/** The column that names facilities. */
export const storeColumn: ColumnOf<{ readonly facilityId: string }> = {
  title: "Store",
  cell: ({ facilityId }) => html`<a href="${facilityHref(facilityId)}">${facilityId}</a>`,
};

// Addresses of stock: one facility, one product at it.

/** The page of a facility. */
export function facilityHref(facilityId: string): string {
  return `/facilities/${encodeURIComponent(facilityId)}`;
}

/** The page of one product at a facility. */
export function productHref(of: {
  readonly facilityId: string;
  readonly idType: string;
  readonly idValue: string;
}): string {
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

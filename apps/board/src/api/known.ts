// Which facilities and products there are: making them known, naming and retiring facilities, and those that are named and not known.
import {
  addedFacility,
  addedProduct,
  addFacilities,
  addingFacilities,
  addingProduct,
  FACILITIES_AT_ONCE_MAX,
  type FacilityToAdd,
  type FailedAsUnknown,
  facilitiesToAdd,
  facilityToAdd,
  failedAsUnknown,
  makeProductKnown,
  namedFacilities,
  nameFacility,
  namingFacility,
  newName,
  productToAdd,
  retireFacility,
  retiringFacility,
  unknownFacility,
} from "@inventory-sync/operator";
import { z } from "zod";
import { pathId } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { apiRead, apiWrite } from "./calls.ts";

const FACILITY = "/api/facilities/{facilityId}";
/** For which a request waits for the count of failed jobs. */
const COUNT_MS_MAX = 700;

const addedItems = z.object({ items: z.array(addedFacility) });

export const facilitiesApi: readonly Endpoint[] = [
  apiWrite({
    path: "/api/facilities",
    summary: "Makes a facility known, or brings back one that was retired; says how many failed jobs wait for it",
    body: facilityToAdd,
    what: addingFacilities.what,
    target: ({ body }) => addingFacilities.target([body.facilityId]),
    answer: { description: "It is known", schema: addedItems },
    act: (parts, { body }) => add(parts, [body]),
  }),
  apiWrite({
    path: "/api/facilities/import",
    summary: `Makes up to ${FACILITIES_AT_ONCE_MAX} facilities known at once; may be repeated`,
    body: facilitiesToAdd,
    what: addingFacilities.what,
    target: ({ body }) => addingFacilities.target(body.facilities.map(({ facilityId }) => facilityId)),
    answer: { description: "They are known", schema: addedItems },
    act: (parts, { body }) => add(parts, body.facilities),
  }),
  apiRead({
    path: "/api/unknown-facilities",
    summary: "Facilities that failed jobs, or the rejected rows of the newest file, name and that are not known",
    answer: { description: "All of them", schema: z.object({ items: z.array(unknownFacility) }) },
    async read(parts) {
      const { unknown } = await namedFacilities(parts.database, (await failedNow(parts)) ?? new Map());
      return { items: unknown };
    },
  }),
  apiWrite({
    path: `${FACILITY}/rename`,
    summary: "Names a facility for people; an empty name takes it away. Its id stays what its POS sends",
    body: newName,
    what: namingFacility.what,
    target: ({ request }) => namingFacility.target(pathId(request, "facilityId")),
    answer: { description: "Named", schema: z.object({ facilityId: z.string(), name: z.string().nullable() }) },
    async act({ database }, { request, body: { name } }) {
      const facilityId = pathId(request, "facilityId");
      await nameFacility(database, facilityId, name);
      return { answer: { facilityId, name: name || null }, outcome: namingFacility.outcome(name) };
    },
  }),
  apiWrite({
    path: `${FACILITY}/retire`,
    summary: `Retires a facility. ${retiringFacility.says}`,
    what: retiringFacility.what,
    target: ({ request }) => retiringFacility.target(pathId(request, "facilityId")),
    answer: {
      description: "Retired; `units` are on hand there in all",
      schema: z.object({ facilityId: z.string(), retiredAt: z.iso.datetime(), units: z.number() }),
    },
    async act({ database }, { request }) {
      return { answer: await retireFacility(database, pathId(request, "facilityId")), outcome: "retired" };
    },
  }),
];

async function add(parts: Parts, facilities: readonly FacilityToAdd[]) {
  const added = await addFacilities(parts.database, facilities);
  const failed = await failedNow(parts);
  const jobsOf = (facilityId: string) => (failed === undefined ? null : (failed.get(facilityId) ?? 0));
  const items = added.map((each) => ({ ...each, failedJobs: jobsOf(each.facilityId) }));
  return { answer: { items }, outcome: addingFacilities.outcome(added) };
}

/** Failed jobs by the facility that was not known, as far as they are counted; undefined while the queue cannot be asked. */
export async function failedNow({ queues, failedCounter }: Parts): Promise<FailedAsUnknown | undefined> {
  if (!queues.isConnected()) return undefined;
  return failedCounter.now(COUNT_MS_MAX).then(
    ({ groups }) => failedAsUnknown(groups),
    () => undefined,
  );
}

export const postProduct = apiWrite({
  path: "/api/products",
  summary: "Makes a product known under its ids; where some of them reach one already, the others are added to it",
  body: productToAdd,
  what: addingProduct.what,
  target: ({ body }) => addingProduct.target(body),
  answer: { description: "It is known", schema: addedProduct },
  refusals: { 409: "The ids belong to different products; nothing was changed" },
  async act({ database }, { body }) {
    const answer = await makeProductKnown(database, body);
    return { answer, outcome: addingProduct.outcome(answer) };
  },
});

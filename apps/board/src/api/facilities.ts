// Which facilities there are: making them known, naming and retiring them, and those that are named and not known.
import {
  addedFacility,
  addFacilities,
  addingFacilities,
  FACILITIES_AT_ONCE_MAX,
  type FacilityToAdd,
  type FailedAsUnknown,
  facilitiesToAdd,
  facilityToAdd,
  failedAsUnknown,
  namedFacilities,
  nameFacility,
  namingFacility,
  newName,
  retireFacility,
  retiringFacility,
  unknownFacility,
} from "@inventory-sync/operator";
import type { Response } from "express";
import { z } from "zod";
import { pathId, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";

const FACILITY = "/api/facilities/{facilityId}";
/** For which a request waits for the count of failed jobs. */
const COUNT_MS_MAX = 700;

type KnownParts = "database" | "queues" | "failedCounter";

const addedItems = z.object({ items: z.array(addedFacility) });

/** The API's endpoints of which facilities there are. */
export const facilitiesApi: readonly Endpoint<KnownParts>[] = [
  {
    method: "post",
    path: "/api/facilities",
    access: "operator",
    summary: "Makes a facility known, or brings back one that was retired; says how many failed jobs wait for it",
    body: facilityToAdd,
    audit: {
      what: addingFacilities.what,
      target: (request) => addingFacilities.target([readBody(request, facilityToAdd).facilityId]),
    },
    answers: { 200: { description: "It is known", schema: addedItems } },
    handle: (parts, request, response) => add(parts, response, [readBody(request, facilityToAdd)]),
  },
  {
    method: "post",
    path: "/api/facilities/import",
    access: "operator",
    summary: `Makes up to ${FACILITIES_AT_ONCE_MAX} facilities known at once; may be repeated`,
    body: facilitiesToAdd,
    audit: {
      what: addingFacilities.what,
      target: (request) =>
        addingFacilities.target(readBody(request, facilitiesToAdd).facilities.map(({ facilityId }) => facilityId)),
    },
    answers: { 200: { description: "They are known", schema: addedItems } },
    handle: (parts, request, response) => add(parts, response, readBody(request, facilitiesToAdd).facilities),
  },
  {
    method: "get",
    path: "/api/unknown-facilities",
    access: "viewer",
    summary: "Facilities that failed jobs, or the rejected rows of the newest file, name and that are not known",
    answers: { 200: { description: "All of them", schema: z.object({ items: z.array(unknownFacility) }) } },
    async handle(parts, _request, response) {
      const { unknown } = await namedFacilities(parts.database, (await failedNow(parts)) ?? new Map());
      response.json({ items: unknown });
    },
  },
  {
    method: "post",
    path: `${FACILITY}/rename`,
    access: "operator",
    summary: "Names a facility for people; an empty name takes it away. Its id stays what its POS sends",
    body: newName,
    audit: {
      what: namingFacility.what,
      target: (request) => namingFacility.target(pathId(request, "facilityId")),
    },
    answers: {
      200: { description: "Named", schema: z.object({ facilityId: z.string(), name: z.string().nullable() }) },
    },
    async handle({ database }, request, response) {
      const facilityId = pathId(request, "facilityId");
      const { name } = readBody(request, newName);
      await nameFacility(database, facilityId, name);
      sayOutcome(response, namingFacility.outcome(name));
      response.json({ facilityId, name: name || null });
    },
  },
  {
    method: "post",
    path: `${FACILITY}/retire`,
    access: "operator",
    summary: `Retires a facility. ${retiringFacility.says}`,
    audit: {
      what: retiringFacility.what,
      target: (request) => retiringFacility.target(pathId(request, "facilityId")),
    },
    answers: {
      200: {
        description: "Retired; `units` are on hand there in all",
        schema: z.object({ facilityId: z.string(), retiredAt: z.iso.datetime(), units: z.number() }),
      },
    },
    async handle({ database }, request, response) {
      const done = await retireFacility(database, pathId(request, "facilityId"));
      sayOutcome(response, "retired");
      response.json(done);
    },
  },
];

async function add(
  parts: Pick<Parts, KnownParts>,
  response: Response,
  facilities: readonly FacilityToAdd[],
): Promise<void> {
  const added = await addFacilities(parts.database, facilities);
  sayOutcome(response, addingFacilities.outcome(added));
  const failed = await failedNow(parts);
  const jobsOf = (facilityId: string) => (failed === undefined ? null : (failed.get(facilityId) ?? 0));
  response.json({ items: added.map((each) => ({ ...each, failedJobs: jobsOf(each.facilityId) })) });
}

/** Failed jobs by the facility that was not known, as far as they are counted; undefined while the queue cannot be asked. */
export async function failedNow({
  queues,
  failedCounter,
}: Pick<Parts, "queues" | "failedCounter">): Promise<FailedAsUnknown | undefined> {
  if (!queues.isConnected()) return undefined;
  return failedCounter.now(COUNT_MS_MAX).then(
    ({ groups }) => failedAsUnknown(groups),
    () => undefined,
  );
}

// The clock of a facility's tills: how late its sales come after the time that they name, and its time offset.
import {
  changeTimeOffset,
  facilityClock,
  readFacilityClock,
  settingTimeOffset,
  timeOffsetAsked,
  timeOffsetDone,
} from "@inventory-sync/operator";
import { pathId, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import { identityOf } from "../people/identity.ts";

const LOCK_WAIT_MS_MAX = 5_000;

/** The API's endpoints of clocks. */
export const clocksApi: readonly Endpoint<"database">[] = [
  {
    method: "get",
    path: "/api/facilities/{facilityId}/clock",
    access: "viewer",
    summary: "How late a facility's newest sales came after the time that they name, and how its times are corrected",
    answers: { 200: { description: "Its clock", schema: facilityClock } },
    async handle({ database }, request, response) {
      response.json(await readFacilityClock(database, pathId(request, "facilityId")));
    },
  },
  {
    method: "post",
    path: "/api/facilities/{facilityId}/time-offset",
    access: "operator",
    summary: `Corrects the times that a facility's tills say, or with preview says what that would do. ${settingTimeOffset.says}`,
    body: timeOffsetAsked,
    audit: {
      what: settingTimeOffset.what,
      target: (request) => settingTimeOffset.target(pathId(request, "facilityId")),
    },
    answers: { 200: { description: "What it did, or would do", schema: timeOffsetDone } },
    async handle({ database }, request, response) {
      const asked = { ...readBody(request, timeOffsetAsked), facilityId: pathId(request, "facilityId") };
      const by = { setBy: identityOf(response).name, lockWaitMsMax: LOCK_WAIT_MS_MAX };
      const done = await changeTimeOffset(database, asked, by);
      sayOutcome(response, `${done.preview ? "preview: " : ""}from ${done.from} ${settingTimeOffset.outcome(done)}`);
      response.json(done);
    },
  },
];

// The clock of a facility's tills: how late its sales come after the time that they name, and its time offset.
import {
  changeTimeOffset,
  facilityClock,
  readFacilityClock,
  settingTimeOffset,
  timeOffsetAsked,
  timeOffsetDone,
} from "@inventory-sync/operator";
import { pathId } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import { apiRead, apiWrite } from "./calls.ts";

const LOCK_WAIT_MS_MAX = 5_000;

export const clocksApi: readonly Endpoint[] = [
  apiRead({
    path: "/api/facilities/{facilityId}/clock",
    summary: "How late a facility's newest sales came after the time that they name, and how its times are corrected",
    answer: { description: "Its clock", schema: facilityClock },
    read: ({ database }, request) => readFacilityClock(database, pathId(request, "facilityId")),
  }),
  apiWrite({
    path: "/api/facilities/{facilityId}/time-offset",
    summary: `Corrects the times that a facility's tills say, or with preview says what that would do. ${settingTimeOffset.says}`,
    body: timeOffsetAsked,
    what: settingTimeOffset.what,
    target: ({ request }) => settingTimeOffset.target(pathId(request, "facilityId")),
    answer: { description: "What it did, or would do", schema: timeOffsetDone },
    async act({ database }, { request, body, who }) {
      const asked = { ...body, facilityId: pathId(request, "facilityId") };
      const answer = await changeTimeOffset(database, asked, { setBy: who, lockWaitMsMax: LOCK_WAIT_MS_MAX });
      const outcome = `${answer.preview ? "preview: " : ""}from ${answer.from} ${settingTimeOffset.outcome(answer)}`;
      return { answer, outcome };
    },
  }),
];

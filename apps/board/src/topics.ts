// What live pages listen to: the topics that the pages register, on one screen.
import { alarmsTopic } from "./pages/alarms/alarms-page.ts";
import { channelsTopic } from "./pages/channels/channels-page.ts";
import { jobsTopic } from "./pages/jobs/jobs-page.ts";
import { overviewTopic } from "./pages/overview/overview-page.ts";
import { resetsTopic } from "./pages/resets/list.ts";
import { resetTopic } from "./pages/resets/reset-page.ts";
import { sourcesTopic } from "./pages/sources/sources-page.ts";
import { facilitiesTopic } from "./pages/stock/facilities-page.ts";
import { facilityTopic } from "./pages/stock/facility-page.ts";
import { namesTopic } from "./pages/stock/names-page.ts";
import type { Parts } from "./parts.ts";
import type { Topic } from "./ui/live.ts";
import { waitingNow } from "./ui/page-context.ts";

/** Every topic: `overview`, `reset:<id>`, `facility:<id>` and so on. Each also tells when a server goes away and when it is back. */
export const topics: readonly Topic<Parts>[] = [
  overviewTopic,
  resetsTopic,
  resetTopic,
  facilitiesTopic,
  facilityTopic,
  jobsTopic,
  alarmsTopic,
  namesTopic,
  sourcesTopic,
  channelsTopic,
].map((topic) => ({
  ...topic,
  read: async (parts, about) => [(await waitingNow(parts)).away, await topic.read(parts, about)],
}));

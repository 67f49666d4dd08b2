// All routes of the board on one screen, Bull Board at /queues and the static files aside.
import { getAlarms, getAlarmsCsv, postAcknowledgement } from "./api/alarms.ts";
import { getAudit } from "./api/audit.ts";
import { channelEndpoints } from "./api/channels.ts";
import { getClientEvent } from "./api/client-events.ts";
import { clocksApi } from "./api/clocks.ts";
import { jobDecisions } from "./api/job-decisions.ts";
import { getFailedJobs, getFailedJobsCsv, getRetry, postRetry } from "./api/jobs.ts";
import { facilitiesApi, postProduct } from "./api/known.ts";
import { namesApi } from "./api/names.ts";
import { getClientRequests, getRequests } from "./api/requests.ts";
import { decisionEndpoints } from "./api/reset-decisions.ts";
import { resetEndpoints } from "./api/resets.ts";
import { getSources, postIncoming } from "./api/sources.ts";
import { stockApi } from "./api/stock.ts";
import type { Endpoint } from "./endpoint.ts";
import { healthz, metrics, openApi, readyz } from "./operations.ts";
import { showAlarms } from "./pages/alarms/alarms-page.ts";
import { showRunbook } from "./pages/alarms/runbook.ts";
import { showAudit } from "./pages/audit/audit-page.ts";
import { showChannel } from "./pages/channels/channel-page.ts";
import { showChannels } from "./pages/channels/channels-page.ts";
import { showDocs } from "./pages/docs-page.ts";
import { showDismissed } from "./pages/jobs/dismissed-page.ts";
import { showJobs } from "./pages/jobs/jobs-page.ts";
import { showOverview } from "./pages/overview/overview-page.ts";
import { showRequests } from "./pages/requests/requests-page.ts";
import { showResets } from "./pages/resets/list.ts";
import { showReset } from "./pages/resets/reset-page.ts";
import { showRevert } from "./pages/resets/revert-page.ts";
import { showSources } from "./pages/sources/sources-page.ts";
import { showWaitingFile } from "./pages/sources/waiting-page.ts";
import { showClock } from "./pages/stock/clock-page.ts";
import { showEvent } from "./pages/stock/event-page.ts";
import { showFacilities } from "./pages/stock/facilities-page.ts";
import { showFacility } from "./pages/stock/facility-page.ts";
import { findPage } from "./pages/stock/find-page.ts";
import { showNames } from "./pages/stock/names-page.ts";
import { showProduct } from "./pages/stock/product-page.ts";
import { showSignIn, signIn, signOut } from "./people/sign-in.ts";
import { getLive } from "./ui/get-live.ts";
import { setPreferences } from "./ui/preferences.ts";

/** Every route, in the order of the document. */
export const endpoints: readonly Endpoint[] = [
  showOverview,
  showAudit,
  showResets,
  showReset,
  showRevert,
  showFacilities,
  showFacility,
  showClock,
  showProduct,
  showEvent,
  findPage,
  showNames,
  showChannels,
  showChannel,
  showJobs,
  showRequests,
  showDismissed,
  showSources,
  showWaitingFile,
  showAlarms,
  showRunbook,
  ...stockApi,
  getClientEvent,
  ...channelEndpoints,
  ...facilitiesApi,
  ...clocksApi,
  postProduct,
  ...namesApi,
  ...resetEndpoints,
  ...decisionEndpoints,
  postIncoming,
  getSources,
  getFailedJobs,
  getFailedJobsCsv,
  postRetry,
  getRetry,
  ...jobDecisions,
  getAlarms,
  getAlarmsCsv,
  postAcknowledgement,
  ...getAudit,
  ...getRequests,
  getClientRequests,
  showSignIn,
  signIn,
  signOut,
  setPreferences,
  getLive,
  healthz,
  readyz,
  metrics,
  showDocs(() => endpoints),
  openApi(() => endpoints),
];

// All routes of the board on one screen, Bull Board at /queues and the static files aside.
import { getAlarms, postAcknowledgement } from "./api/alarms.ts";
import { getAudit } from "./api/audit.ts";
import { facilityDecisions, revertWhole } from "./api/decide.ts";
import { wholeDecisions } from "./api/decide-all.ts";
import { getEvent } from "./api/events.ts";
import { getExplanation } from "./api/explain.ts";
import { getFacilities } from "./api/facilities.ts";
import { getFailedJobs } from "./api/jobs.ts";
import { getRetry, postRetry } from "./api/jobs-retry.ts";
import { getInventory, getLedger, getLevel } from "./api/levels.ts";
import { getRejectsCsv, getVariancesCsv } from "./api/reset-csv.ts";
import { getReset, getResets } from "./api/resets.ts";
import { postReset } from "./api/run-reset.ts";
import { showAlarms } from "./console/alarms/alarms-page.ts";
import { showRunbook } from "./console/alarms/runbook.ts";
import { showAudit } from "./console/audit/audit-page.ts";
import { getLive } from "./console/frame/get-live.ts";
import { setPreferences } from "./console/frame/preferences.ts";
import { showJobs } from "./console/jobs/jobs-page.ts";
import { showOverview } from "./console/overview/overview-page.ts";
import { showResets } from "./console/resets/list.ts";
import { showReset } from "./console/resets/reset-page.ts";
import { showRevert } from "./console/resets/revert-page.ts";
import { showFacilities } from "./console/stock/facilities-page.ts";
import { showFacility } from "./console/stock/facility-page.ts";
import { findPage } from "./console/stock/find-page.ts";
import { showProduct } from "./console/stock/product-page.ts";
import type { Endpoint } from "./endpoint.ts";
import { healthz, metrics, openApi, readyz } from "./operations.ts";
import { showSignIn, signIn, signOut } from "./people/sign-in.ts";

/** Every route, in the order of the document. */
export const endpoints: readonly Endpoint[] = [
  ...[showOverview, showAudit],
  ...[showResets, showReset, showRevert],
  ...[showFacilities, showFacility, showProduct, findPage],
  ...[showJobs, showAlarms, showRunbook],
  ...[getFacilities, getInventory, getLevel, getLedger, getExplanation, getEvent],
  ...[
    postReset,
    getResets,
    getReset,
    getRejectsCsv,
    getVariancesCsv,
    ...facilityDecisions,
    ...wholeDecisions,
    revertWhole,
  ],
  ...[getFailedJobs, postRetry, getRetry],
  ...[getAlarms, postAcknowledgement, getAudit],
  ...[showSignIn, signIn, signOut, setPreferences, getLive],
  ...[healthz, readyz, metrics, openApi(() => endpoints)],
];

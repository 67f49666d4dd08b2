// Upkeep: tells ALERT_WEBHOOK_URL what is firing, again while it is not acknowledged, and what is resolved. What it does not take
// is told again later; it has a round of its own, so that one that hangs keeps nothing else waiting.
import { claimAlarmPosts, databaseNow, recordAlarmsPosted } from "@inventory-sync/db";
import { type Alarm, alarmNotice, messageOf } from "@inventory-sync/domain";
import { postJson } from "@inventory-sync/runtime";
import type { AlarmParts } from "./alarm-watches.ts";

/** Of one claim so many are posted one after another within the half minute for which it is ours; more are told in one. */
const SINGLY_MAX = 5;

/**
 * Posts what is due, until nothing is or the webhook fails.
 * @param stopping ends a post under way: the worker is told to stop
 * @param clock the database's, unless a test has another
 */
export async function postAlarms(
  { database, config, log }: Omit<AlarmParts, "metrics" | "queues" | "sources">,
  stopping: AbortSignal,
  clock: () => Promise<Date> = () => databaseNow(database),
): Promise<void> {
  const url = config.ALERT_WEBHOOK_URL;
  if (url === undefined) return;
  const place = { timeZone: config.RESET_TIME_ZONE, boardUrl: config.BOARD_URL };
  while (!stopping.aborted) {
    const claimed = await claimAlarmPosts(database, await clock(), config.ALERT_REPEAT_MINUTES);
    if (claimed.length === 0) return;
    const [first, ...others] = claimed;
    const lots: [Alarm, ...Alarm[]][] =
      first && others.length >= SINGLY_MAX ? [[first, ...others]] : claimed.map((alarm) => [alarm]);
    for (const alarms of lots) {
      const notice = alarmNotice(alarms, { ...place, now: await clock() });
      try {
        await postJson(url, notice, stopping);
      } catch (error) {
        const kept = { alarm: notice.kind, alarmKey: notice.key, state: notice.state, reason: messageOf(error) };
        log.warn(kept, "the alarm webhook did not take an alarm; it is posted again later");
        return;
      }
      await recordAlarmsPosted(database, alarms, await clock());
    }
  }
}

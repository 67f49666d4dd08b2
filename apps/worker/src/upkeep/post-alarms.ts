// Upkeep: tells ALERT_WEBHOOK_URL what rings, again while nobody has acknowledged it, and what is over. What it does not take
// is told again later; it has a round of its own, so that one that hangs keeps nothing else waiting.
import { claimAlarmPosts, databaseNow, recordAlarmsPosted } from "@inventory-sync/db";
import { type Alarm, type AlarmNotice, alarmNotice, alarmsNotice, type Telling } from "@inventory-sync/domain";
import type { AlarmParts } from "./watch.ts";

/** Of one claim so many are posted one after another within the half minute for which it is ours; more are told in one. */
const SINGLY_MAX = 5;
const POST_MS_MAX = 5_000;

/**
 * Posts what is due, until nothing is or the webhook fails.
 * @param stopping ends a post under way: the worker is told to stop
 * @param clock the database's, unless a test has another
 */
export async function postAlarms(
  { database, config, log }: Omit<AlarmParts, "metrics" | "queues">,
  stopping: AbortSignal,
  clock: () => Promise<Date> = () => databaseNow(database),
): Promise<void> {
  const url = config.ALERT_WEBHOOK_URL;
  if (url === undefined) return;
  const telling = { timeZone: config.RESET_TIME_ZONE, boardUrl: config.BOARD_URL };
  while (!stopping.aborted) {
    const claimed = await claimAlarmPosts(database, await clock(), config.ALERT_REPEAT_MINUTES);
    if (claimed.length === 0) return;
    for (const { alarms, notice } of posts(claimed, telling)) {
      try {
        await post(url, notice, stopping);
      } catch (error) {
        const kept = { alarm: notice.kind, alarmKey: notice.key, state: notice.state, reason: reasonOf(error) };
        log.warn(kept, "the alarm webhook did not take an alarm; it is posted again later");
        return;
      }
      await recordAlarmsPosted(database, alarms, await clock());
    }
  }
}

interface Post {
  readonly alarms: readonly Alarm[];
  readonly notice: AlarmNotice;
}

function posts(claimed: readonly Alarm[], telling: Telling): Post[] {
  const [first, ...others] = claimed;
  if (first && claimed.length > SINGLY_MAX) {
    return [{ alarms: claimed, notice: alarmsNotice([first, ...others], telling) }];
  }
  return claimed.map((alarm) => ({ alarms: [alarm], notice: alarmNotice(alarm, telling) }));
}

async function post(url: string, notice: AlarmNotice, stopping: AbortSignal): Promise<void> {
  const { address, authorization } = split(url);
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", ...(authorization !== undefined && { authorization }) },
    body: JSON.stringify(notice),
    // A redirected POST becomes a GET, which tells nobody anything.
    redirect: "error",
    signal: AbortSignal.any([stopping, AbortSignal.timeout(POST_MS_MAX)]),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

/** fetch takes no user and password in an address. */
function split(url: string): { address: string; authorization?: string } {
  const address = new URL(url);
  if (address.username === "") return { address: url };
  const user = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`;
  address.username = "";
  address.password = "";
  return { address: address.href, authorization: `Basic ${Buffer.from(user).toString("base64")}` };
}

/** Never the address: it is often the only secret that such a webhook has. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${POST_MS_MAX} ms`;
  const { cause } = error as { cause?: { code?: unknown; message?: unknown } };
  return String(cause?.code ?? cause?.message ?? error.message);
}

// Whether the web shop ends with what the ledger says, and what it still lacks on the way there.
import type { LevelRow } from "./ledger.ts";
import { withClient } from "./world/servers.ts";
import type { World } from "./world/world.ts";

const untoldSql = `
  select 'changes have no number yet' as text from (select from level_change limit 1) waiting
   union all
  select format('channel %s was told up to %s of %s (%s)', name, told_through, newest, coalesce(last_error, 'no error'))
    from channel, (select coalesce(max(sequence), 0) as newest from level_mark) m
   where mode = 'live' and told_through < newest
   union all
  select format('%s of a channel is under way', kind) from channel_run where state = 'running'
   union all
  select format('%s levels are to be told again', count(*)) from channel_item where again having count(*) > 0`;

/** What the shop is still to be told, in words. */
export function untold(world: Pick<World, "databaseUrl">): Promise<string[]> {
  return withClient(world.databaseUrl, async (client) =>
    (await client.query<{ text: string }>(untoldSql)).rows.map(({ text }) => text),
  );
}

/** In what shop and ledger differ, in words; none when they agree. */
export async function shopFaults(world: Pick<World, "shop">, levels: readonly LevelRow[]): Promise<string[]> {
  const there = new Map(
    (await world.shop.levels()).map(({ facilityId, idValue, onHand }) => [`${facilityId} ${idValue}`, onHand]),
  );
  return levels.flatMap(({ facilityId, sku, onHand }) => {
    const has = there.get(`${facilityId} ${sku}`);
    return has === onHand ? [] : [`shop: it has ${has ?? "nothing"} of ${sku} at ${facilityId}, the ledger ${onHand}`];
  });
}

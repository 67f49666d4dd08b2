// ops channels: how each stands, what it has set aside, and what an operator does to one.
import type { Database } from "@inventory-sync/db";
import { channelProblemCodes, plural } from "@inventory-sync/domain";
import {
  beginRun,
  channelActions,
  channelFacts,
  channelNow,
  channelProblemsOf,
  channelSentence,
  channelsFileNow,
  channelsNow,
  findInChannels,
  levelToSettle,
  pauseChannel,
  resumeChannel,
  settleUnknown,
  tryAgain,
} from "@inventory-sync/operator";
import { type Command, checked, exitCodes, Failure, type Run, UsageError } from "./command.ts";

const channelsList: Command = {
  name: "channels list",
  summary: "lists the channels: how each stands and what waits; exits 1 when one takes nothing or has set levels aside",
  async run(run) {
    const [channels, fileFault] = await run.withDatabase((database) =>
      Promise.all([channelsNow(database), channelsFileNow(database)]),
    );
    run.out.document({ channels, fileFault });
    if (fileFault !== null) run.out.say(fileFault);
    if (channels.length === 0) {
      run.out.say("There are no channels. CHANNELS_FILE names them.");
      return fileFault === null ? exitCodes.ok : exitCodes.found;
    }
    const rows = channels.map(({ name, kind, state, pending, published, problems, lastPublishedAt }) => [
      ...[name, kind, state, pending, published, problems, run.time(lastPublishedAt)],
    ]);
    run.out.table(["channel", "kind", "state", "waiting", "told", "set aside", "last told"], rows);
    for (const each of channels)
      run.out.say(`${each.name}: ${[channelSentence(each), ...channelFacts(each)].join(" ")}`);
    const isWrong = channels.some(({ state, problems }) => state === "failing" || state === "disabled" || problems > 0);
    return isWrong || fileFault !== null ? exitCodes.found : exitCodes.ok;
  },
};

const channelsProblems: Command = {
  name: "channels problems",
  usage: "CHANNEL [--code CODE] [--limit N]",
  summary: "lists the levels that a channel has set aside, with cause and fix; exits 1 when there are any",
  async run(run) {
    const name = nameOf(run);
    const [code, limit] = [run.choice("code", channelProblemCodes), run.count("limit")];
    const { items } = await run.withDatabase((database) => channelProblemsOf(database, name, { code, limit }));
    run.out.document({ items });
    if (items.length === 0) {
      run.out.say(`${name} has set nothing aside.`);
      return exitCodes.ok;
    }
    const rows = items.map((each) => [
      ...[each.code, each.facilityId, `${each.idType} ${each.idValue}`, each.onHand ?? "–", each.toldOnHand ?? "–"],
      ...[run.time(each.since), each.attempts],
    ]);
    run.out.table(["code", "store", "product", "on hand", "told", "since", "attempts"], rows);
    for (const message of new Set(items.map(({ code: of, message: says }) => `${of}: ${says}`))) run.out.say(message);
    run.out.say(`Have them tried again with: channels again ${name}`);
    return exitCodes.found;
  },
};

const channelsFind: Command = {
  name: "channels find",
  usage: "ID",
  summary: "tells what each channel was told of a product, store by store, and whether something newer waits",
  async run(run) {
    const text = (run.words[0] ?? "").trim();
    if (text === "") throw new UsageError("name the product by one of its ids, or a part of one");
    const items = await run.withDatabase((database) => findInChannels(database, text));
    run.out.document({ items });
    if (items.length === 0) throw new Failure(`No product has "${text}" in one of its ids.`);
    const rows = items.flatMap(({ idType, idValue, levels }) =>
      levels.map((each) => [
        ...[`${idType} ${idValue}`, each.channel, each.facilityId, each.onHand, each.toldOnHand ?? "never"],
        ...[run.time(each.toldAt), each.code ?? (each.isWaiting ? "is told next" : "as it is here")],
      ]),
    );
    run.out.table(["product", "channel", "store", "on hand", "told", "when", "how it stands"], rows);
    if (rows.length === 0) run.out.say("No channel is told of a store that has it.");
    return exitCodes.ok;
  },
};

/** Does it and says how it ended. */
type Act = (database: Database, name: string, run: Run) => Promise<string>;

function begin(kind: "resync" | "compare" | "map"): Act {
  return async (database, name, run) => {
    const asked = { kind, facilityId: run.text("facility"), who: run.operator };
    const { already } = await beginRun(database, name, asked);
    const word = kind === "map" ? "reading of its map" : kind;
    return already ? `a ${word} is under way already` : `${word} begun`;
  };
}

function acting(word: Exclude<keyof typeof channelActions, "target">, usage: string, act: Act): Command {
  const { what, says } = channelActions[word];
  return {
    name: `channels ${word}`,
    usage,
    summary: `${what.replace("levels of a channel", "what a channel has set aside")}. ${says}`,
    async run(run) {
      const name = nameOf(run);
      const seen = await run.withDatabase(async (database) => {
        const noted = { what, target: channelActions.target(name), outcome: (done: string) => done };
        const outcome = await run.audited(noted, () => act(database, name, run), database);
        return { outcome, channel: await channelNow(database, name) };
      });
      const stands = [channelSentence(seen.channel), ...channelFacts(seen.channel)].join(" ");
      return run.done(seen, `${seen.channel.name}: ${seen.outcome}. ${stands}`);
    },
  };
}

function nameOf(run: Run): string {
  return run.word("name the channel; channels list has them");
}

export const channelCommands: readonly Command[] = [
  channelsList,
  channelsFind,
  acting("map", "CHANNEL", begin("map")),
  channelsProblems,
  acting("pause", "CHANNEL", async (database, name, run) => {
    await pauseChannel(database, name, run.operator);
    return "paused";
  }),
  acting("resume", "CHANNEL", async (database, name) => {
    await resumeChannel(database, name);
    return "resumed";
  }),
  acting("resync", "CHANNEL [--facility ID]", begin("resync")),
  acting("compare", "CHANNEL [--facility ID]", begin("compare")),
  acting("again", "CHANNEL [--code CODE]", async (database, name, run) => {
    const levels = await tryAgain(database, name, run.choice("code", channelProblemCodes));
    return `${plural(levels, "level")} will be tried again`;
  }),
  acting("settle", "CHANNEL STORE ID_TYPE ID_VALUE applied|not-applied", async (database, name, run) => {
    const [, facilityId, idType, idValue, outcome] = run.words;
    const level = checked(levelToSettle, { facilityId, idType, idValue, outcome });
    await settleUnknown(database, name, level);
    return `settled as ${level.outcome}`;
  }),
];

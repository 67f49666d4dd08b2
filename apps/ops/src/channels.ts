// ops channels: how each stands, what it has set aside, and what an operator does to one.
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
  levelToSettle,
  pauseChannel,
  resumeChannel,
  settleUnknown,
  tryAgain,
} from "@inventory-sync/operator";
import {
  type Command,
  checked,
  countOption,
  exitCodes,
  type Run,
  textOption,
  UsageError,
  withDatabase,
} from "./command.ts";
import { audited, operatorName } from "./operator.ts";

export const channelsList: Command = {
  name: "channels list",
  summary: "lists the channels: how each stands and what waits; exits 1 when one takes nothing or has set levels aside",
  async run(run) {
    const [channels, fileFault] = await withDatabase(run, (database) =>
      Promise.all([channelsNow(database), channelsFileNow(database)]),
    );
    run.out.document({ channels, fileFault });
    if (fileFault !== null) run.out.say(fileFault);
    if (channels.length === 0) {
      run.out.say("There are no channels. CHANNELS_FILE names them.");
      return fileFault === null ? exitCodes.ok : exitCodes.found;
    }
    const rows = channels.map((each) => [
      ...[
        each.name,
        each.kind,
        each.state,
        each.pending,
        each.published,
        each.problems,
        run.time(each.lastPublishedAt),
      ],
    ]);
    run.out.table(["channel", "kind", "state", "waiting", "told", "set aside", "last told"], rows);
    for (const each of channels)
      run.out.say(`${each.name}: ${[channelSentence(each), ...channelFacts(each)].join(" ")}`);
    const isWrong = channels.some(({ state, problems }) => state === "failing" || state === "disabled" || problems > 0);
    return isWrong || fileFault !== null ? exitCodes.found : exitCodes.ok;
  },
};

export const channelsProblems: Command = {
  name: "channels problems",
  usage: "CHANNEL [--code CODE] [--limit N]",
  summary: "lists the levels that a channel has set aside, with cause and fix; exits 1 when there are any",
  options: { code: { type: "string" }, limit: { type: "string" } },
  positionalsMax: 1,
  async run(run) {
    const name = nameOf(run);
    const [code, limit] = [codeOption(run), countOption(run, "limit")];
    const { items } = await withDatabase(run, (database) => channelProblemsOf(database, name, { code, limit }));
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

export const channelsPause = acting("pause", "CHANNEL", async (database, run) => {
  await pauseChannel(database, nameOf(run), operatorName());
  return "paused";
});

export const channelsResume = acting("resume", "CHANNEL", async (database, run) => {
  await resumeChannel(database, nameOf(run));
  return "resumed";
});

export const channelsResync = acting("resync", "CHANNEL [--facility ID]", begin("resync"));
export const channelsCompare = acting("compare", "CHANNEL [--facility ID]", begin("compare"));
export const channelsMap = acting("map", "CHANNEL", begin("map"));

export const channelsAgain = acting("again", "CHANNEL [--code CODE]", async (database, run) => {
  return `${plural(await tryAgain(database, nameOf(run), codeOption(run)), "level")} will be tried again`;
});

export const channelsSettle = acting(
  "settle",
  "CHANNEL STORE ID_TYPE ID_VALUE applied|not-applied",
  async (database, run) => {
    const [, facilityId, idType, idValue, outcome] = run.positionals;
    const level = checked(levelToSettle, { facilityId, idType, idValue, outcome });
    await settleUnknown(database, nameOf(run), level);
    return `settled as ${level.outcome}`;
  },
);

type Act = (database: Parameters<typeof pauseChannel>[0], run: Run) => Promise<string>;

function begin(kind: "resync" | "compare" | "map"): Act {
  return async (database, run) => {
    const asked = { kind, facilityId: textOption(run, "facility"), who: operatorName() };
    const { already } = await beginRun(database, nameOf(run), asked);
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
    options: Object.fromEntries(["facility", "code"].flatMap((each) => optionIn(usage, each))),
    positionalsMax: usage.split(/ ?\[/)[0]?.split(" ").length ?? 1,
    async run(run) {
      const target = channelActions.target(nameOf(run));
      const seen = await withDatabase(run, async (database) => {
        const noted = { what, target, outcome: (done: string) => done };
        const outcome = await audited(database, noted, () => act(database, run));
        return { outcome, channel: await channelNow(database, nameOf(run)) };
      });
      run.out.document(seen);
      const stands = [channelSentence(seen.channel), ...channelFacts(seen.channel)].join(" ");
      run.out.say(`${seen.channel.name}: ${seen.outcome}. ${stands}`);
      return exitCodes.ok;
    },
  };
}

function optionIn(usage: string, name: string): [string, { readonly type: "string" }][] {
  return usage.includes(`--${name} `) ? [[name, { type: "string" }]] : [];
}

function nameOf({ positionals: [name] }: Run): string {
  if (name === undefined) throw new UsageError("name the channel; channels list has them");
  return name;
}

function codeOption(run: Run): string | undefined {
  const code = textOption(run, "code");
  if (code !== undefined && !channelProblemCodes.some((known) => known === code))
    throw new UsageError(`--code is one of ${channelProblemCodes.join(", ")}`);
  return code;
}

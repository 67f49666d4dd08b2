// ops users: the people who may sign in at the board. A password is asked for without showing it, read from standard input, or made and
// shown once; it is never an argument, and the users file keeps its hash only. The board reads the file again at every change.
import { randomBytes } from "node:crypto";
import { isPlainName, PLAIN_NAME_WANTED, plural } from "@inventory-sync/domain";
import { type BoardRole, type BoardUser, boardRoles, boardUsersFile, hashPassword } from "@inventory-sync/runtime";
import { type Command, exitCodes, Failure, type Run, textOption, UsageError } from "./command.ts";
import { auditedIfReachable, isMeant, yesOption } from "./operator.ts";
import { readSettings, type SettingsFile, writeSettings } from "./settings-file.ts";

const PASSWORD_LENGTH = { min: 12, max: 256 };
const MADE_PASSWORD_BYTES = 18;
const PASSWORD_USAGE = "[--generate | --password-stdin]";
const passwordOptions = { generate: { type: "boolean" }, "password-stdin": { type: "boolean" } } as const;
const HOW = "without either it is asked for at the terminal";

export const usersList: Command = {
  name: "users list",
  summary: "lists the people who may sign in at the board, and what they may do",
  async run(run) {
    const users = (await readSettings(fileOf(run))).map(({ name, role }) => ({ name, role }));
    run.out.document({ users });
    if (users.length === 0) run.out.say("Nobody may sign in yet. Add a person with: users add NAME --role operator");
    else
      run.out.table(
        ["name", "role"],
        users.map(({ name, role }) => [name, role]),
      );
    return exitCodes.ok;
  },
};

export const usersAdd: Command = {
  name: "users add",
  usage: `NAME --role ${boardRoles.join("|")} ${PASSWORD_USAGE}`,
  summary: `lets a person sign in at the board. --generate makes a password and shows it once, --password-stdin reads one line; ${HOW}`,
  options: { role: { type: "string" }, ...passwordOptions },
  positionalsMax: 1,
  async run(run) {
    const name = nameOf(run);
    if (!isPlainName(name)) throw new UsageError(`the name ${PLAIN_NAME_WANTED}`);
    const role = roleOf(textOption(run, "role"));
    const users = await readSettings(fileOf(run));
    if (users.some((user) => user.name === name))
      throw new Failure(
        `There is a user ${name} already. Change it with: users password ${name}, or users role ${name}`,
      );
    const given = await newPassword(run, name);
    const passwordHash = await hashPassword(given.password);
    await change(run, { what: "add a user", name, outcome: `added as ${role}` }, [
      ...users,
      { name, role, passwordHash },
    ]);
    tell(run, { name, role, given, says: `${name} may sign in as ${role}.` });
    return exitCodes.ok;
  },
};

export const usersPassword: Command = {
  name: "users password",
  usage: `NAME ${PASSWORD_USAGE}`,
  summary: `gives a person a new password and ends their sessions; ${HOW}`,
  options: passwordOptions,
  positionalsMax: 1,
  async run(run) {
    const { user, users } = await existing(run);
    const given = await newPassword(run, user.name);
    const changed = { ...user, passwordHash: await hashPassword(given.password) };
    const act = { what: "change a user's password", name: user.name, outcome: "changed" };
    await change(run, act, users.with(users.indexOf(user), changed));
    tell(run, { ...changed, given, says: `${user.name} has a new password; open sessions have ended.` });
    return exitCodes.ok;
  },
};

export const usersRole: Command = {
  name: "users role",
  usage: `NAME ${boardRoles.join("|")}`,
  summary: "changes what a person may do: a viewer reads, an operator also acts",
  positionalsMax: 2,
  async run(run) {
    const role = roleOf(run.positionals[1]);
    const { user, users } = await existing(run);
    await change(run, { what: "change a user's role", name: user.name, outcome: `now ${role}` }, [
      ...users.with(users.indexOf(user), { ...user, role }),
    ]);
    run.out.document({ name: user.name, role });
    run.out.say(`${user.name} is ${role} now.`);
    return exitCodes.ok;
  },
};

export const usersRemove: Command = {
  name: "users remove",
  usage: "NAME [--yes]",
  summary: "takes a person away: the name can no longer sign in, and open sessions end; asks",
  options: yesOption,
  positionalsMax: 1,
  async run(run) {
    const { user, users } = await existing(run);
    const left = users.filter((each) => each !== user);
    const operators = left.filter(({ role }) => role === "operator").length;
    const would = `Removing ends the sessions of ${user.name}; ${plural(operators, "operator is", "operators are")} left.`;
    if (!(await isMeant(run, would))) return exitCodes.found;
    await change(run, { what: "remove a user", name: user.name, outcome: "removed" }, left);
    run.out.document({ removed: user.name });
    run.out.say(`${user.name} can no longer sign in.`);
    return exitCodes.ok;
  },
};

function fileOf(run: Run): SettingsFile<BoardUser[]> {
  return { run, path: run.addresses.usersFile, schema: boardUsersFile, none: [], what: "users file" };
}

async function change(
  run: Run,
  { what, name, outcome }: { readonly what: string; readonly name: string; readonly outcome: string },
  users: BoardUser[],
): Promise<void> {
  const act = { what, target: `user ${name}`, outcome: () => outcome };
  await auditedIfReachable(run, act, () => writeSettings(fileOf(run), users));
}

function nameOf({ positionals: [name] }: Run): string {
  if (name === undefined) throw new UsageError("name the person");
  return name;
}

async function existing(run: Run): Promise<{ readonly user: BoardUser; readonly users: BoardUser[] }> {
  const name = nameOf(run);
  const users = await readSettings(fileOf(run));
  const user = users.find((each) => each.name === name);
  if (!user)
    throw new Failure(`There is no user ${name} in ${run.addresses.usersFile}. users list shows those there are.`);
  return { user, users };
}

function roleOf(text: string | undefined): BoardRole {
  const role = boardRoles.find((each) => each === text);
  if (role === undefined) throw new UsageError(`say the role: ${boardRoles.join(" or ")}`);
  return role;
}

/** A password, and whether it was made here and must be shown. */
interface Given {
  readonly password: string;
  readonly isMade: boolean;
}

async function newPassword(run: Run, name: string): Promise<Given> {
  const { generate, "password-stdin": fromInput } = run.options;
  if (generate === true && fromInput === true) throw new UsageError("--generate or --password-stdin, not both");
  if (generate === true) return { password: randomBytes(MADE_PASSWORD_BYTES).toString("base64url"), isMade: true };
  const password = fromInput === true ? await run.readLine() : await askTwice(run, name);
  const { min, max } = PASSWORD_LENGTH;
  if (password.length < min || password.length > max)
    throw new Failure(`A password has ${min} to ${max} characters; nothing was changed.`);
  return { password, isMade: false };
}

async function askTwice({ askSecret }: Run, name: string): Promise<string> {
  if (askSecret === undefined)
    throw new UsageError("there is no terminal to ask for the password at: add --generate or --password-stdin");
  const password = await askSecret(`New password for ${name}: `);
  if (password !== (await askSecret("The same again: ")))
    throw new Failure("The two were not the same; nothing was changed.");
  return password;
}

function tell(
  run: Run,
  {
    name,
    role,
    given,
    says,
  }: { readonly name: string; readonly role: BoardRole; readonly given: Given; readonly says: string },
): void {
  run.out.document({ name, role, ...(given.isMade && { password: given.password }) });
  run.out.say(given.isMade ? `The password of ${name}, shown this once:\n\n  ${given.password}\n\n${says}` : says);
}

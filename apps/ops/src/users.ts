// ops users: the people who may sign in at the board. A password is asked for without showing it, read from standard input, or made and
// shown once; it is never an argument, and the users file keeps its hash only. The board reads the file again at every change.
import { randomBytes } from "node:crypto";
import { isPlainName, PLAIN_NAME_WANTED, plural } from "@inventory-sync/domain";
import { type BoardRole, type BoardUser, boardRoles, boardUsersFile, hashPassword } from "@inventory-sync/runtime";
import { type Command, exitCodes, Failure, type Run, UsageError } from "./command.ts";
import { readSettings, type Settings } from "./settings-file.ts";

const PASSWORD_LENGTH = { min: 12, max: 256 };
const MADE_PASSWORD_BYTES = 18;
const PASSWORD_USAGE = "[--generate | --password-stdin]";
const HOW = "without either it is asked for at the terminal";

const usersList: Command = {
  name: "users list",
  summary: "lists the people who may sign in at the board, and what they may do",
  async run(run) {
    const users = (await readUsers(run)).entries.map(({ name, role }) => ({ name, role }));
    run.out.document({ users });
    const rows = users.map(({ name, role }) => [name, role]);
    run.out.table(["name", "role"], rows, "Nobody may sign in yet. Add a person with: users add NAME --role operator");
    return exitCodes.ok;
  },
};

const usersAdd: Command = {
  name: "users add",
  usage: `NAME --role ${boardRoles.join("|")} ${PASSWORD_USAGE}`,
  summary: `lets a person sign in at the board. --generate makes a password and shows it once, --password-stdin reads one line; ${HOW}`,
  async run(run) {
    const name = nameOf(run);
    if (!isPlainName(name)) throw new UsageError(`the name ${PLAIN_NAME_WANTED}`);
    const role = roleOf(run.text("role"));
    const users = await readUsers(run);
    if (users.entries.some((user) => user.name === name))
      throw new Failure(
        `There is a user ${name} already. Change it with: users password ${name}, or users role ${name}`,
      );
    const given = await newPassword(run, name);
    const passwordHash = await hashPassword(given.password);
    const made = { name, role, passwordHash };
    await users.add({ what: "add a user", outcome: `added as ${role}` }, made);
    return tell(run, made, given, `${name} may sign in as ${role}.`);
  },
};

const usersPassword: Command = {
  name: "users password",
  usage: `NAME ${PASSWORD_USAGE}`,
  summary: `gives a person a new password and ends their sessions; ${HOW}`,
  async run(run) {
    const { entry: user, replace } = await userOf(run);
    const given = await newPassword(run, user.name);
    const changed = { ...user, passwordHash: await hashPassword(given.password) };
    await replace({ what: "change a user's password", outcome: "changed" }, changed);
    return tell(run, changed, given, `${user.name} has a new password; open sessions have ended.`);
  },
};

const usersRole: Command = {
  name: "users role",
  usage: `NAME ${boardRoles.join("|")}`,
  summary: "changes what a person may do: a viewer reads, an operator also acts",
  async run(run) {
    const role = roleOf(run.words[1]);
    const { entry: user, replace } = await userOf(run);
    await replace({ what: "change a user's role", outcome: `now ${role}` }, { ...user, role });
    return run.done({ name: user.name, role }, `${user.name} is ${role} now.`);
  },
};

const usersRemove: Command = {
  name: "users remove",
  usage: "NAME [--yes]",
  summary: "takes a person away: the name can no longer sign in, and open sessions end; asks",
  async run(run) {
    const { entry: user, replace, others } = await userOf(run);
    const operators = others.filter(({ role }) => role === "operator").length;
    const would = `Removing ends the sessions of ${user.name}; ${plural(operators, "operator is", "operators are")} left.`;
    if (!(await run.isMeant(would))) return exitCodes.found;
    await replace({ what: "remove a user", outcome: "removed" }, undefined);
    return run.done({ removed: user.name }, `${user.name} can no longer sign in.`);
  },
};

/** The users file of the board. @throws Failure when it has faults */
function readUsers(run: Run): Promise<Settings<BoardUser>> {
  return readSettings(run, {
    path: run.addresses.usersFile,
    schema: boardUsersFile,
    entry: "user",
    list: "users list",
    entriesOf: (users) => users,
    fileOf: (users) => users,
  });
}

function nameOf(run: Run): string {
  return run.word("name the person");
}

async function userOf(run: Run) {
  const name = nameOf(run);
  return (await readUsers(run)).named(name);
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
  const [generate, fromInput] = [run.has("generate"), run.has("password-stdin")];
  if (generate && fromInput) throw new UsageError("--generate or --password-stdin, not both");
  if (generate) return { password: randomBytes(MADE_PASSWORD_BYTES).toString("base64url"), isMade: true };
  const password = fromInput ? await run.readLine() : await askTwice(run, name);
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

function tell(run: Run, { name, role }: BoardUser, { password, isMade }: Given, says: string): number {
  const shown = `The password of ${name}, shown this once:\n\n  ${password}\n\n${says}`;
  return run.done({ name, role, ...(isMade && { password }) }, isMade ? shown : says);
}

export const userCommands: readonly Command[] = [usersAdd, usersPassword, usersRole, usersRemove, usersList];

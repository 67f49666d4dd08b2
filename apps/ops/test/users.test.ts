// ops users: the people of the board's users file.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type BoardUser, verifyPassword } from "@inventory-sync/runtime";
import { describe, expect, it } from "vitest";
import { emptyFolder, ops, opsWith } from "./support.ts";

const good = "correct horse battery";

describe("ops users", () => {
  const start = async () => {
    const folder = await emptyFolder();
    const file = join(folder, "board-users.json");
    const env = { DATA_DIR: folder };
    const runLines = (lines: AsyncGenerator<string>, ...words: string[]) => opsWith({ lines }, env, "users", ...words);
    return {
      file,
      read: async () => JSON.parse(await readFile(file, "utf8")) as BoardUser[],
      run: (...words: string[]) => ops(env, "users", ...words),
      /** With this on standard input. */
      runWith: (line: string, ...words: string[]) =>
        runLines(
          (async function* () {
            yield line;
          })(),
          ...words,
        ),
      runLines,
      /** With a person at the terminal, who types these passwords. */
      runTyping: (typed: string[], ...words: string[]) =>
        opsWith({ askSecret: async () => typed.shift() ?? "", ask: async () => "yes" }, env, "users", ...words),
    };
  };

  it("adds a person with a password from standard input, keeps its hash only, for its owner alone", async () => {
    const { file, read, runWith } = await start();
    const added = await runWith(good, "add", "ada", "--role", "operator", "--password-stdin");
    expect(added).toMatchObject({ code: 0, out: expect.stringContaining("ada may sign in as operator.") });
    const [ada] = await read();
    expect(ada).toMatchObject({ name: "ada", role: "operator" });
    expect(await verifyPassword(good, ada?.passwordHash ?? "")).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(added.out + added.error + (await readFile(file, "utf8"))).not.toContain(good);
  });

  it("asks twice at the terminal, or makes a password and shows it once", async () => {
    const { read, run, runTyping } = await start();
    expect(await runTyping([good, "correct horse batterz"], "add", "ada", "--role", "viewer")).toMatchObject({
      code: 1,
      error: expect.stringContaining("not the same"),
    });
    expect((await runTyping([good, good], "add", "ada", "--role", "viewer")).code).toBe(0);
    const made = JSON.parse((await run("add", "bob@example.com", "--role", "operator", "--generate", "--json")).out);
    const [, bob] = await read();
    expect(await verifyPassword(made.password, bob?.passwordHash ?? "")).toBe(true);
    expect((await run("list")).out).toMatch(/ada +viewer\nbob@example.com +operator/);
  });

  it("changes password and role, and removes once that is meant", async () => {
    const { read, run, runWith, runTyping } = await start();
    await runWith(good, "add", "ada", "--role", "viewer", "--password-stdin");
    await runWith(`${good} staple`, "password", "ada", "--password-stdin");
    expect(await verifyPassword(`${good} staple`, (await read())[0]?.passwordHash ?? "")).toBe(true);
    expect((await run("role", "ada", "operator")).out).toContain("ada is operator now.");
    expect((await read())[0]?.role).toBe("operator");
    const asked = await run("remove", "ada");
    expect(asked).toMatchObject({ code: 1, out: expect.stringContaining("0 operators are left") });
    expect(await read()).toHaveLength(1);
    expect((await runTyping([], "remove", "ada")).code).toBe(0);
    expect(await read()).toEqual([]);
    expect((await run("list")).out).toContain("Nobody may sign in yet");
  });

  it("writes nothing over what another command has changed while this one waited for an answer", async () => {
    const { read, run, runLines, runWith } = await start();
    await runWith(good, "add", "ada", "--role", "viewer", "--password-stdin");
    await runWith(good, "add", "eve", "--role", "operator", "--password-stdin");
    const late = async function* () {
      await run("remove", "eve", "--yes");
      yield `${good} staple`;
    };
    expect(await runLines(late(), "password", "ada", "--password-stdin")).toMatchObject({
      code: 1,
      error: expect.stringContaining("changed by another command meanwhile"),
    });
    expect(await read()).toMatchObject([{ name: "ada" }]);
  });

  it("refuses what cannot be, and leaves the file as it is", async () => {
    const { file, run, runWith } = await start();
    await runWith(good, "add", "ada", "--role", "viewer", "--password-stdin");
    const before = await readFile(file, "utf8");
    expect(await runWith(good, "add", "ada", "--role", "viewer", "--password-stdin")).toMatchObject({
      code: 1,
      error: expect.stringContaining("users password ada"),
    });
    expect(await runWith("short", "password", "ada", "--password-stdin")).toMatchObject({
      code: 1,
      error: expect.stringContaining("12 to 256"),
    });
    for (const words of [
      ["add", "bad name!", "--role", "viewer", "--generate"],
      ["add", "eve", "--generate"],
      ["add", "eve", "--role", "admin", "--generate"],
      ["add", "eve", "--role", "viewer"],
      ["password"],
    ])
      expect([words, (await run(...words)).code]).toEqual([words, 64]);
    expect((await run("remove", "nobody", "--yes")).error).toContain("There is no user nobody");
    expect(await readFile(file, "utf8")).toBe(before);
  });
});

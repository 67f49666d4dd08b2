// The command line itself: help, exit codes, settings.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { commands } from "../src/cli.ts";
import { emptyFolder, ops } from "./support.ts";

describe("the command line", () => {
  it("lists every command, and explains each", async () => {
    const help = await ops({}, "--help");
    expect(help.code).toBe(0);
    expect(help.out, "a reset keeps what it was read with").not.toMatch(/set ABSENT_ROWS/);
    for (const { name } of commands) {
      expect(help.out).toContain(`  ${name}`);
      const own = await ops({}, ...name.split(" "), "--help");
      expect([own.code, own.out]).toEqual([0, expect.stringContaining(name)]);
    }
    expect((await ops({})).code).toBe(64);
  });

  it("lists the commands of one subject alone when they are asked for", async () => {
    for (const subject of ["keys", "facilities", "users"]) {
      const { code, out } = await ops({}, subject, "--help");
      expect(code).toBe(0);
      const named = [...out.matchAll(/^ {2}(\w\S*)/gm)].map(([, word]) => word);
      expect([new Set(named), named.length > 3]).toEqual([new Set([subject]), true]);
    }
  });

  it("ends with 64 when it does not understand", async () => {
    const lines = [
      "nonsense",
      "jobs",
      "audit extra",
      "audit --nonsense",
      "jobs retry",
      "jobs retry --all --error X",
      "keys create",
      "catalogue import",
      "ledger S001",
      "explain S001",
    ];
    for (const line of lines) {
      const ran = await ops({ DATA_DIR: await emptyFolder() }, ...line.split(" "));
      expect([line, ran.code, ran.out]).toEqual([line, 64, ""]);
      expect(ran.error).toContain("Not understood");
    }
  });

  it("ends with 78 and says what to set when it does not know where things are", async () => {
    const folder = await emptyFolder();
    for (const [line, name] of [
      ["audit", "DATABASE_URL"],
      ["jobs failed", "QUEUE_URL"],
      ["reset run", "DATABASE_URL"],
    ] as const) {
      const ran = await ops({ DATA_DIR: folder }, ...line.split(" "));
      expect([line, ran.code, ran.error]).toEqual([line, 78, expect.stringContaining(name)]);
      expect(ran.error).toContain("npm start");
    }
    const broken = await ops({ DATABASE_URL: "mysql://x", QUEUE_URL: "nonsense" }, "audit");
    expect([broken.code, broken.error]).toEqual([78, expect.stringMatching(/2 faults.*DATABASE_URL.*QUEUE_URL/s)]);
    await writeFile(join(folder, "credentials.json"), "{");
    expect((await ops({ DATA_DIR: folder }, "audit")).code).toBe(78);
  });

  it("says in words that a server is away, without its password", async () => {
    const ran = await ops({ DATABASE_URL: "postgres://ops:very-secret@127.0.0.1:1/x" }, "audit");
    expect([ran.code, ran.error]).toEqual([69, expect.stringContaining("The database cannot be reached")]);
    expect(ran.error).not.toContain("very-secret");
    expect(ran.error).not.toContain("    at ");
  });

  it("is a process with that exit code", async () => {
    const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
    const env = { PATH: process.env.PATH ?? "", DATA_DIR: await emptyFolder() };
    const code = await new Promise((resolve) => {
      execFile(process.execPath, [main, "audit"], { env }, (error) => resolve(error?.code));
    });
    expect(code).toBe(78);
  });

  it("is what `npm run ops` runs", async () => {
    const cwd = fileURLToPath(new URL("../../..", import.meta.url));
    const said = await new Promise<string>((resolve, reject) => {
      execFile("npm", ["run", "--silent", "ops", "--", "--help"], { cwd }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    for (const { name } of commands) expect(said).toContain(`  ${name}`);
  });
});

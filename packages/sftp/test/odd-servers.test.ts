// Servers as they are met in retail: each of them odd in one way, and none of them in the way of a file.

import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ssh2, { type AuthContext } from "ssh2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type OddSftp, oddSftp } from "../../../tests/support/index.ts";
import { offeredLists } from "../src/host-offer.ts";
import { type Inbox, SftpFailure, withInbox } from "../src/index.ts";
import { keepingLog, silentLog } from "./support/log.ts";

const { FAILURE, PERMISSION_DENIED } = ssh2.utils.sftp.STATUS_CODE;
let server: OddSftp;
const start = async (...odd: Parameters<typeof oddSftp>): Promise<void> => {
  server = await oddSftp(...odd);
};
afterEach(() => server.drop());

const options = () => ({ url: server.url, hostKeySha256: [server.hostKeySha256] });
const use = <T>(work: (inbox: Inbox) => Promise<T>, log = silentLog): Promise<T> => withInbox(options(), log, work);
const put = (name: string, content: string): Promise<void> => writeFile(join(server.root, "incoming", name), content);
async function failureOf(work: Promise<unknown>): Promise<SftpFailure> {
  const failure = await work.then(() => undefined).catch((error: unknown) => error);
  if (failure instanceof SftpFailure) return failure;
  throw new Error(`no SftpFailure: ${failure}`);
}

describe("a server that answers failure", () => {
  beforeEach(() => start());

  test("to every look at what is not there: a file without sidecars is taken and archived", async () => {
    const known = new Set(["/", "/incoming", "/incoming/stock.csv"]);
    server.odd.status = (request, path) => {
      if (request === "MKDIR") known.add(path);
      if (request === "RENAME") known.add("/archive/2026/11/23/stock.csv");
      return ["STAT", "LSTAT", "OPENDIR"].includes(request) && !known.has(path) ? FAILURE : undefined;
    };
    await put("stock.csv", "rows");
    await use(async (inbox) => {
      expect(await inbox.readSidecars("stock.csv")).toEqual({});
      expect(await inbox.sidecarsSeen("stock.csv")).toBe("");
      const [file] = await inbox.list();
      if (!file) throw new Error("stock.csv is not seen");
      await inbox.archive(file, { resetId: "42", date: "2026-11-23" });
      expect(await inbox.list()).toEqual([]);
    });
    expect(await readdir(join(server.root, "archive/2026/11/23"))).toEqual(["stock.csv"]);
  });

  test("once, to a look at a manifest that is there: it is a failure to be tried again, not a file without a manifest", async () => {
    await put("stock.csv", "half of the rows");
    await put("stock.csv.manifest.json", '{"rows": 100}');
    let failures = 1;
    server.odd.status = (request, path) =>
      request === "STAT" && path.endsWith(".manifest.json") && failures-- > 0 ? FAILURE : undefined;
    await use(async (inbox) => {
      expect(await failureOf(inbox.readSidecars("stock.csv"))).toMatchObject({
        kind: "other",
        message: expect.stringMatching(/^Could not look at .*stock\.csv\.manifest\.json/),
      });
      expect(await inbox.readSidecars("stock.csv")).toEqual({ manifest: { rows: 100 } });
    });
  });
});

describe("a listing", () => {
  beforeEach(() => start());

  test("whose entries have no times, sizes or types is filled up by asking for each; what tells none is passed over", async () => {
    await mkdir(join(server.root, "incoming/folder.csv"));
    for (const name of ["a.csv", "b.csv", "c.csv"]) await put(name, name);
    server.odd.entry = ({ filename, longname, attrs }) => ({
      filename,
      longname: filename === "folder.csv" ? longname : "",
      attrs: (filename === "a.csv" ? attrs : {}) as typeof attrs,
    });
    server.odd.status = (request, path) => (request === "STAT" && path.endsWith("c.csv") ? FAILURE : undefined);
    const log = keepingLog();
    const waiting = await use((inbox) => inbox.list(), log);
    expect(waiting.map(({ name, size }) => [name, size])).toEqual([
      ["a.csv", 5],
      ["b.csv", 5],
    ]);
    for (const { modifiedAtMs } of waiting) expect(modifiedAtMs).toBeGreaterThan(0);
    expect(log.entries.join("\n")).toContain("no size or time");
  });

  test("with a name that is not UTF-8 gives the others, and the name is told as what it is", async () => {
    await put("a.csv", "rows");
    await put("b.csv", "x");
    // The library reads bytes that are no UTF-8 as this sign.
    server.odd.entry = (entry) => ({ ...entry, filename: entry.filename.replace("b.csv", "lager-m\u{fffd}nchen.csv") });
    const log = keepingLog();
    await use(async (inbox) => {
      const { waiting, badlyNamed } = await inbox.look();
      expect(waiting.map(({ name }) => name)).toEqual(["a.csv"]);
      expect(badlyNamed).toHaveLength(1);
      const recorded: string[] = [];
      await inbox.refuseNames(badlyNamed, async ({ name }) => void recorded.push(name));
      expect(recorded).toEqual([]);
    }, log);
    expect(log.entries.join("\n")).toContain("not written in UTF-8");
  });
});

describe("signing in", () => {
  const asking =
    (questions: readonly string[], isRight: (answers: readonly string[]) => boolean) =>
    (context: AuthContext): void => {
      if (context.method !== "keyboard-interactive") context.reject(["keyboard-interactive"]);
      else
        context.prompt(
          questions.map((prompt) => ({ prompt, echo: false })),
          (answers) => (isRight(answers as never) ? context.accept() : context.reject(["keyboard-interactive"])),
        );
    };

  test("where the password is only taken as an answer, it is given", async () => {
    await start({ signIn: asking(["Password:"], ([answer]) => answer === server.password) });
    expect(await use((inbox) => inbox.list())).toEqual([]);
  });

  test("where a code is asked for as well, the password is not given for it, and what the server offers is told", async () => {
    const heard: string[] = [];
    const hear = (answers: readonly string[]): boolean => heard.push(...answers) < 0;
    await start({ signIn: asking(["Password:", "Code:"], hear) });
    expect(await failureOf(use((inbox) => inbox.list()))).toMatchObject({
      kind: "auth",
      message: expect.stringMatching(/refused: password, keyboard-interactive. The server offers keyboard-interactive/),
    });
    expect(heard).toEqual([server.password, ""]);
  });

  test("where only keys are taken, the message says so and not that the password is to be checked", async () => {
    await start({ signIn: (context) => context.reject(["publickey"]) });
    const failure = await failureOf(use((inbox) => inbox.list()));
    expect(failure.message).toContain("The server offers publickey. It takes no password: set its key");
    expect(failure.message).not.toContain(server.password);
  });
});

describe("a server of long ago", () => {
  test.each([
    [{ kex: ["diffie-hellman-group1-sha1"] }, "for key exchange the server only offers diffie-hellman-group1-sha1"],
    [{ cipher: ["3des-cbc"] }, "for ciphers the server only offers 3des-cbc"],
  ])("%j fails at once, with what it offers", async (algorithms, words) => {
    await start({ algorithms: algorithms as never });
    const failure = await failureOf(use((inbox) => inbox.list()));
    expect(failure.kind).toBe("algorithms");
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain("host and port");
  });

  test("nothing is read out of bytes that are no such message", async () => {
    await start();
    for (const heard of ["", "SSH-2.0-x\r\n", `SSH-2.0-x\r\n${"\x14".repeat(40)}`, "no greeting\n".repeat(3)]) {
      expect(offeredLists(Buffer.from(heard))).toBeUndefined();
    }
  });
});

test("a folder that may not be made is told as a right that is missing", async () => {
  await start({ status: (request) => (request === "MKDIR" ? PERMISSION_DENIED : undefined) });
  expect(await failureOf(use((inbox) => inbox.ensureFolders()))).toMatchObject({ kind: "permission" });
  expect(await use((inbox) => inbox.list())).toEqual([]);
});

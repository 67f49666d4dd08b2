// The private SFTP server: what clients may do in its folder, and that nothing leads out of it.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findRedisServer } from "@inventory-sync/local";
import ssh2, { type SFTPWrapper } from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually, type FreshSftp, freshSftp, sshKeyPair } from "../../../tests/support/index.ts";

const clientKey = sshKeyPair();
let server: FreshSftp;
let client: ssh2.Client;
let sftp: SFTPWrapper;

beforeEach(async () => {
  server = await freshSftp({ authorizedKey: clientKey.public });
  client = new ssh2.Client();
  sftp = await connect(client, {});
});
afterEach(async () => {
  client.end();
  await server.drop();
});

function connect(over: ssh2.Client, changes: Partial<ssh2.ConnectConfig>): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    over.on("error", reject);
    // A client that waits for the answer to each request must not let small packets wait as well.
    over.on("ready", () => over.setNoDelay(true).sftp((error, session) => (error ? reject(error) : resolve(session))));
    const { port, username, password } = server;
    over.connect({ host: "127.0.0.1", port, username, password, ...changes });
  });
}

function call<T>(request: (done: (error: unknown, result?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => request((error, result) => (error ? reject(error) : resolve(result as T))));
}

const put = (name: string, content: string) => call<void>((done) => sftp.writeFile(name, content, done));
const get = async (name: string) => String(await call<Buffer>((done) => sftp.readFile(name, done)));

describe("the private SFTP server", () => {
  it("stores, lists, reads, renames and removes files and folders", async () => {
    await call<void>((done) => sftp.mkdir("/archive", done));
    await put("/incoming/a.csv.part", "x".repeat(300_000));
    await call<void>((done) => sftp.rename("/incoming/a.csv.part", "/archive/a.csv", done));
    expect(await get("/archive/a.csv")).toBe("x".repeat(300_000));
    const listed = await call<ssh2.FileEntryWithStats[]>((done) => sftp.readdir("/archive", done));
    expect(listed.map(({ filename, attrs }) => [filename, attrs.size])).toEqual([["a.csv", 300_000]]);
    await call<void>((done) => sftp.unlink("/archive/a.csv", done));
    await call<void>((done) => sftp.rmdir("/archive", done));
    expect(existsSync(join(server.root, "archive"))).toBe(false);
  });

  it("lists a folder of several hundred files completely", async () => {
    const names = Array.from({ length: 450 }, (_, number) => `f${number}.csv`);
    await Promise.all(names.map((name) => writeFile(join(server.root, "incoming", name), name)));
    const listed = await call<ssh2.FileEntryWithStats[]>((done) => sftp.readdir("/incoming", done));
    expect(new Set(listed.map(({ filename }) => filename))).toEqual(new Set(names));
  });

  it("appends, and sets the time of a file", async () => {
    await put("/log", "one");
    await call<void>((done) => sftp.appendFile("/log", " two", done));
    expect(await get("/log")).toBe("one two");
    await call<void>((done) => sftp.utimes("/log", 1_700_000_000, 1_700_000_000, done));
    const { mtime } = await call<ssh2.Stats>((done) => sftp.stat("/log", done));
    expect(mtime).toBe(1_700_000_000);
  });

  it("does not rename onto a name that exists", async () => {
    await put("/a", "a");
    await put("/b", "b");
    await expect(call<void>((done) => sftp.rename("/a", "/b", done))).rejects.toThrow();
    expect(await get("/b")).toBe("b");
    expect(await get("/a")).toBe("a");
  });

  it("says that a file is not there with the code that clients look for", async () => {
    await expect(call((done) => sftp.stat("/nothing", done))).rejects.toMatchObject({ code: 2 });
    await expect(call((done) => sftp.readFile("/incoming/nothing", done))).rejects.toMatchObject({ code: 2 });
  });

  it.each(["/../../secret", "../secret", "/incoming/../../secret"])(
    "reads %s as a name inside its folder",
    async (name) => {
      await writeFile(join(dirname(server.root), "secret"), "secret");
      await expect(call((done) => sftp.readFile(name, done))).rejects.toMatchObject({ code: 2 });
    },
  );

  it("follows no link out of its folder, to read, write, list or look", async () => {
    const outside = join(dirname(server.root), "outside");
    await mkdir(outside);
    await writeFile(join(outside, "secret"), "secret");
    await symlink(outside, join(server.root, "folder"));
    await symlink(join(outside, "secret"), join(server.root, "file"));
    await symlink(join(outside, "new"), join(server.root, "dangling"));
    for (const name of ["/folder/secret", "/file", "/folder/../folder/secret"]) {
      await expect(call((done) => sftp.readFile(name, done))).rejects.toMatchObject({ code: 3 });
      await expect(call((done) => sftp.stat(name, done))).rejects.toMatchObject({ code: 3 });
    }
    await expect(put("/folder/new", "x")).rejects.toMatchObject({ code: 3 });
    await expect(put("/dangling", "x")).rejects.toMatchObject({ code: 3 });
    await expect(call((done) => sftp.readdir("/folder", done))).rejects.toMatchObject({ code: 3 });
    await expect(call<void>((done) => sftp.rename("/file", "/folder/moved", done))).rejects.toMatchObject({ code: 3 });
    expect(existsSync(join(outside, "new"))).toBe(false);
  });

  it("follows a link that stays inside", async () => {
    await put("/incoming/real", "content");
    await symlink(join(server.root, "incoming", "real"), join(server.root, "alias"));
    await link(join(server.root, "incoming", "real"), join(server.root, "second-name"));
    expect(await get("/alias")).toBe("content");
    expect(await get("/second-name")).toBe("content");
  });

  it("makes no links for clients", async () => {
    await expect(call<void>((done) => sftp.symlink("/etc/passwd", "/x", done))).rejects.toMatchObject({ code: 8 });
  });

  it("refuses a wrong password and an unknown key", async () => {
    const other = sshKeyPair();
    await expect(connect(new ssh2.Client(), { password: "wrong" })).rejects.toThrow(/authentication/);
    const { password: _none, ...byKey } = { password: undefined, privateKey: other.private };
    await expect(connect(new ssh2.Client(), { ...byKey, password: "" })).rejects.toThrow(/authentication/);
  });

  it("cuts a connection on which six passwords were wrong, and one that takes long to sign in", async () => {
    const guesser = new ssh2.Client();
    let tries = 0;
    const guesses = (_: unknown, __: unknown, next: (method: ssh2.AnyAuthMethod) => void) => {
      tries += 1;
      next({ type: "password", username: server.username, password: `guess ${tries}` });
    };
    const cut = once(guesser, "close");
    connect(guesser, { authHandler: guesses as ssh2.AuthHandlerMiddleware }).catch(() => undefined);
    await cut;
    expect(tries).toBe(6);

    const hurried = await freshSftp({ signInMsMax: 200 });
    const silent = createConnection(hurried.port, "127.0.0.1");
    silent.on("error", () => undefined);
    await once(silent.resume(), "close");
    await hurried.drop();
  });

  it("lets somebody in who knows the password while a hundred others only hold connections", async () => {
    const silent = Array.from({ length: 100 }, () => createConnection(server.port, "127.0.0.1"));
    let held = silent.length;
    for (const each of silent) {
      each.on("error", () => undefined);
      each.resume().on("close", () => {
        held -= 1;
      });
    }
    await eventually(() => held === 32);
    const late = new ssh2.Client();
    await connect(late, {});
    late.end();
    for (const each of silent) each.destroy();
  });

  it("opens at most 256 files in a session, however fast they are asked for, and four sessions on a connection", async () => {
    await put("/a", "a");
    const asked = Array.from({ length: 400 }, () => call<Buffer>((done) => sftp.open("/a", "r", done)));
    const opened = (await Promise.allSettled(asked)).filter(({ status }) => status === "fulfilled");
    expect(opened).toHaveLength(256);
    await Promise.all(opened.map((each) => call<void>((done) => sftp.close((each as { value: Buffer }).value, done))));
    expect(await get("/a")).toBe("a");

    const more = () => call<SFTPWrapper>((done) => client.sftp(done));
    const sessions = [await more(), await more(), await more()];
    await expect(more()).rejects.toThrow();
    sessions[0]?.end();
    await eventually(more);
  });

  it("says what was wrong in its own words, without the path on disk", async () => {
    await put("/a", "a");
    await call<void>((done) => sftp.mkdir("/folder", done));
    await put("/folder/b", "b");
    const said = async (request: (done: (error: unknown) => void) => void) =>
      String(((await call<void>(request).catch((error: unknown) => error)) as Error).message);
    const all = [
      await said((done) => sftp.readdir("/nowhere", done)),
      await said((done) => sftp.stat("/a/b", done)),
      await said((done) => sftp.mkdir("/folder", done)),
      await said((done) => sftp.rmdir("/folder", done)),
      await said((done) => sftp.rename("/a", "/folder/b", done)),
      await said((done) => sftp.open(`/${"x".repeat(300)}`, "w", done)),
    ];
    expect(all).toEqual([
      "no such file",
      "no such file",
      "the name exists already",
      "the folder is not empty",
      "the name exists already",
      "the name is too long",
    ]);
  });

  it("streams a file of 40 MB quickly enough not to be what limits a reset", async () => {
    const size = 40_000_000;
    await writeFile(join(server.root, "big"), Buffer.alloc(size, "a"));
    const startedAt = Date.now();
    let bytes = 0;
    const stream = sftp.createReadStream("/big");
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await once(stream, "close");
    expect(bytes).toBe(size);
    expect(Date.now() - startedAt).toBeLessThan(20_000);
  });

  it("keeps its host key, under the fingerprint that OpenSSH prints", async () => {
    expect(server.hostKeySha256).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});

const openSsh = findRedisServer("/usr/bin/sftp");

describe.skipIf(openSsh === undefined)("OpenSSH's sftp", () => {
  it("puts, lists, renames and gets files", async () => {
    const folder = dirname(server.root);
    const keyFile = join(folder, "client-key");
    await writeFile(keyFile, clientKey.private, { mode: 0o600 });
    await writeFile(join(folder, "local.csv"), "sku,qty\n");
    const batch = [
      "put local.csv incoming/x.part",
      "rename incoming/x.part incoming/x.csv",
      "ls -l incoming",
      "get incoming/x.csv back.csv",
    ];
    await writeFile(join(folder, "batch"), batch.join("\n"));
    const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes"].flatMap(
      (option) => ["-o", option],
    );
    const args = ["-b", "batch", "-i", keyFile, ...options, "-P", String(server.port), `${server.username}@127.0.0.1`];
    const { stdout } = await promisify(execFile)(openSsh ?? "", args, { cwd: folder });
    expect(stdout).toContain("x.csv");
    expect(await readFile(join(folder, "back.csv"), "utf8")).toBe("sku,qty\n");
  });
});

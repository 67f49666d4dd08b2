// Signing in to a real SFTP server, and each way in which that fails.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FreshSftp, freshSftp, sshKeyPair } from "../../../tests/support/index.ts";
import { connectInbox, type InboxOptions, SftpFailure, withInbox } from "../src/index.ts";
import { keepingLog, silentLog } from "./support/log.ts";

const wrongKey = `SHA256:${"A".repeat(43)}`;
let server: FreshSftp;
let options: InboxOptions;
let folder: string;
const key = sshKeyPair();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inventory-sync-keys-"));
  server = await freshSftp({ authorizedKey: key.public });
  options = { url: server.url, hostKeySha256: [server.hostKeySha256] };
});
afterAll(async () => {
  await server.drop();
  await rm(folder, { recursive: true });
});

async function failureOf(changes: Partial<InboxOptions>): Promise<SftpFailure> {
  try {
    await withInbox({ ...options, ...changes }, silentLog, (inbox) => inbox.list());
  } catch (error) {
    if (error instanceof SftpFailure) return error;
    throw error;
  }
  throw new Error("it worked");
}

test("a known host key is accepted, also as one of several and without its prefix", async () => {
  const known = [
    [server.hostKeySha256],
    [wrongKey, server.hostKeySha256],
    [server.hostKeySha256.replace("SHA256:", "")],
  ];
  for (const hostKeySha256 of known) {
    expect(await withInbox({ ...options, hostKeySha256 }, silentLog, (inbox) => inbox.list())).toEqual([]);
  }
});

test("an unknown host key is refused, naming the one presented", async () => {
  const failure = await failureOf({ hostKeySha256: [wrongKey] });
  expect(failure.kind).toBe("host-key");
  expect(failure.message).toContain(server.hostKeySha256);
});

test.each([[[]], [["SHA256:abc"]], [["ssh-ed25519 AAAA"]]])(
  "without a proper fingerprint (%j) nothing is trusted",
  async (hostKeySha256) => {
    expect(await failureOf({ hostKeySha256 })).toMatchObject({
      kind: "host-key",
      message: expect.stringContaining("SFTP_HOST_KEY_SHA256"),
    });
  },
);

test("a private key signs in without a password", async () => {
  const privateKeyFile = join(folder, "id");
  await writeFile(privateKeyFile, key.private);
  const url = `sftp://${server.username}@127.0.0.1:${server.port}/`;
  expect(await withInbox({ ...options, url, privateKeyFile }, silentLog, (inbox) => inbox.list())).toEqual([]);
});

test("wrong passwords, keys and key files are failures to sign in, and no password is ever shown", async () => {
  const secret = "s3cret/pass word";
  const url = `sftp://${server.username}:${encodeURIComponent(secret)}@127.0.0.1:${server.port}/`;
  const notAKey = join(folder, "not-a-key");
  await writeFile(notAKey, "hello");
  const log = keepingLog();
  for (const changes of [{ url }, { privateKeyFile: notAKey }, { privateKeyFile: join(folder, "missing") }]) {
    const failing = connectInbox({ ...options, ...changes }, log);
    await expect(failing).rejects.toMatchObject({ kind: "auth" });
    const text = await failing.catch((error: Error) => `${error.message} ${error.stack}`);
    for (const password of [secret, encodeURIComponent(secret), server.password])
      expect(`${text} ${log.entries}`).not.toContain(password);
  }
});

test.each(["http://a@b/", "sftp://host/", "not a url", ""])("%j is no address of an SFTP server", async (url) => {
  expect((await failureOf({ url })).message).toContain("sftp://user:password@host");
});

test("a server that is not there is unreachable, and named", async () => {
  const failure = await failureOf({ url: "sftp://pos:secret@127.0.0.1:1/" });
  expect(failure).toMatchObject({ kind: "unreachable", message: expect.stringContaining("pos@127.0.0.1:1") });
});

test("a base path that does not exist is not found", async () => {
  const message = expect.stringMatching(
    /the path is wrong in its url \(that of the source in SOURCES_FILE, else SFTP_URL\)/,
  );
  expect(await failureOf({ url: `${server.url}nowhere` })).toMatchObject({ kind: "not-found", message });
});

test("a server that accepts and then says nothing is given up within the limit", async () => {
  const mute: Server = createServer(() => undefined);
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const { port } = mute.address() as AddressInfo;
  const failure = await failureOf({ url: `sftp://pos:secret@127.0.0.1:${port}/`, limits: { readyDeadlineMs: 300 } });
  mute.close();
  expect(failure.kind).toBe("unreachable");
});

test("a connection that is cut fails the request under way and every later one, and closing still works", async () => {
  const inbox = await connectInbox(options, silentLog);
  expect(await inbox.list()).toEqual([]);
  server.dropConnections();
  await expect(inbox.list()).rejects.toMatchObject({ kind: "unreachable" });
  await expect(inbox.list()).rejects.toMatchObject({ kind: "unreachable" });
  await inbox.close();
});

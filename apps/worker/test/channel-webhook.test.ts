// Webhooks as the specification has them, and calls that go nowhere but to public addresses, unless that is allowed.
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { isPrivateAddress, openCalls, retryAfterMs, urlFault } from "../src/channels/http/guarded-agent.ts";
import { keyOf, signature } from "../src/channels/webhook/webhook.ts";

const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString("base64")}`;

describe("a message", () => {
  it("is verified by the specification's own package, with the old secret and with the new one", () => {
    const secrets = fc.array(fc.uint8Array({ minLength: 24, maxLength: 64 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(secrets, fc.json(), (bytes, body) => {
        const headers = signature(
          { id: "msg_1", now: new Date(), body },
          bytes.map((each) => keyOf(secretOf(each))),
        );
        for (const each of bytes) expect(() => new Webhook(secretOf(each)).verify(body, headers)).not.toThrow();
        expect(() => new Webhook(secretOf(randomBytes(32))).verify(body, headers)).toThrow();
      }),
      { numRuns: 50 },
    );
  });

  it("is not signed with a secret that is too short or none", () => {
    for (const secret of ["", "whsec_", "whsec_c2hvcnQ=", secretOf(randomBytes(65))])
      expect(() => keyOf(secret)).toThrow("24 to 64 bytes");
  });
});

describe("an address", () => {
  it.each([
    ["127.0.0.1", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["::ffff:10.0.0.1", true],
    ["0.0.0.0", true],
    ["10.1.2.3", true],
    ["172.16.0.1", true],
    ["172.32.0.1", false],
    ["192.168.1.1", true],
    ["169.254.169.254", true],
    ["100.64.0.1", true],
    ["fc00::1", true],
    ["fe80::1%eth0", true],
    ["2002:7f00:1::", true],
    ["64:ff9b::7f00:1", true],
    ["64:ff9b:1::a00:1", true],
    ["fec0::1", true],
    ["::127.0.0.1", true],
    ["168.63.129.16", true],
    ["192.0.2.1", true],
    ["255.255.255.255", true],
    ["shop.example", true],
    ["93.184.216.34", false],
    ["2606:2800:220:1::1", false],
  ])("%s is private: %s", (address, isPrivate) => {
    expect(isPrivateAddress(address)).toBe(isPrivate);
  });

  it.each([
    ["https://shop.example/levels", false, undefined],
    ["http://shop.example/levels", false, "must begin with https://"],
    ["http://10.0.0.5/levels", true, undefined],
    ["https://user:secret@shop.example", true, "no user and password"],
    ["ftp://shop.example", true, "must begin with https://"],
    ["shop", false, "must be an address"],
  ])("%s with private addresses allowed %s has the fault %s", (url, allowPrivate, fault) => {
    expect(urlFault(url, { allowPrivate }) ?? "none").toContain(fault ?? "none");
  });
});

describe("a call", () => {
  let server: Server;
  let port: number;
  const reached: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      reached.push(request.url ?? "");
      if (request.url === "/moved") response.writeHead(302, { location: "/elsewhere" }).end();
      else if (request.url === "/cut") request.socket.destroy();
      else if (request.url === "/half")
        response.writeHead(200, { "content-length": "9" }).write("half", () => response.destroy());
      else if (request.url === "/hang" || request.url === "/drip") response.flushHeaders();
      else if (request.url === "/long") response.end("long ".repeat(1_000_000));
      else response.end("there");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => void server.close());
  const stopping = new AbortController().signal;

  it.each([
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.1",
  ])("to %s is refused where it connects, and nothing arrives", async (host) => {
    const calls = openCalls({ allowPrivate: false, atOnceMax: 1 });
    const before = reached.length;
    const call = calls.call(`http://${host}:${port}/`, { method: "POST", body: "{}", stopping });
    await expect(call).rejects.toThrow(/private network/);
    expect(reached.length).toBe(before);
    await calls.close();
  });

  it("goes to a private address where that is allowed, and follows no redirect", async () => {
    const calls = openCalls({ allowPrivate: true, atOnceMax: 1 });
    const to = (path: string) => calls.call(`http://localhost:${port}${path}`, { method: "GET", stopping });
    expect(await to("/")).toMatchObject({ status: 200, text: "there" });
    expect(await to("/moved")).toMatchObject({ status: 302 });
    expect(reached).not.toContain("/elsewhere");
    await calls.close();
  });

  it.each(["/", "/long", "/drip"])(
    "of which only the status counts does not wait for what follows, from %s",
    async (path) => {
      const calls = openCalls({ allowPrivate: true, atOnceMax: 1 });
      const call = () =>
        calls.call(`http://localhost:${port}${path}`, { method: "POST", body: "{}", stopping, isStatusEnough: true });
      // With one connection: the second call shows that the first one has given it back.
      expect([await call(), await call()]).toMatchObject([{ status: 200 }, { status: 200 }]);
      await calls.close();
    },
  );

  it("of which the body counts fails where that is too long", async () => {
    const calls = openCalls({ allowPrivate: true, atOnceMax: 1 });
    const call = calls.call(`http://localhost:${port}/long`, { method: "GET", stopping });
    await expect(call).rejects.toMatchObject({ kind: "unknown", message: "the target's answer is too long" });
    await calls.close();
  });

  it.each([
    ["/", "http:", 1, "away"],
    ["/", "https:", 0, "away"],
    ["/cut", "http:", 0, "unknown"],
    ["/half", "http:", 0, "unknown"],
    ["/hang", "http:", 0, "unknown"],
  ])("to %s by %s that fails tells whether it may have arrived", async (path, scheme, closedPort, kind) => {
    const calls = openCalls({ allowPrivate: true, atOnceMax: 1 });
    const over = new AbortController();
    const url = `${scheme}//127.0.0.1:${closedPort || port}${path}`;
    const call = calls.call(url, { method: "POST", body: "{}", stopping: over.signal });
    const failing = expect(call).rejects.toMatchObject({ kind });
    if (path === "/hang") await eventually(() => reached.includes("/hang")).then(() => over.abort());
    await failing;
    const late = calls.call(url, { method: "POST", body: "{}", stopping: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ kind: "away" });
    await calls.close();
  });

  it.each([
    ["120", 120_000],
    ["0", undefined],
    ["999999", 3_600_000],
    ["soon", undefined],
    [undefined, undefined],
  ])("that is answered with Retry-After %s is repeated after %s ms", (given, ms) => {
    expect(retryAfterMs({ headers: given === undefined ? {} : { "retry-after": given } })).toBe(ms);
  });

  it("that names a time of day means one by its own clock, however far that is off ours", () => {
    const inTheirDay = { date: "Sun, 06 Nov 1994 08:49:07 GMT", "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" };
    expect(retryAfterMs({ headers: inTheirDay })).toBe(30_000);
    const soon = new Date(Date.now() + 30_000).toUTCString();
    expect(retryAfterMs({ headers: { date: "soon", "retry-after": soon } })).toBeLessThanOrEqual(30_000);
  });
});

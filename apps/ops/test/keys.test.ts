// ops keys: the clients file, its keys and their rotation.
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ClientsFile, hashKey, makeKey, signingSecretBytes } from "@inventory-sync/domain";
import { describe, expect, it, onTestFinished } from "vitest";
import { eachBackend, eventually, startProcess } from "../../../tests/support/index.ts";
import { emptyFolder, ops } from "./support.ts";

describe("ops keys", () => {
  const start = async () => {
    const folder = await emptyFolder();
    const file = join(folder, "clients.json");
    const read = async () => JSON.parse(await readFile(file, "utf8")) as ClientsFile;
    const keyOf = (out: string) => (JSON.parse(out) as { key: string }).key;
    return { file, read, keyOf, run: (...words: string[]) => ops({ DATA_DIR: folder }, "keys", ...words) };
  };

  it("makes a client, shows its key once and keeps only the hash, for its owner alone", async () => {
    const { file, read, keyOf, run } = await start();
    const made = await run("create", "pos", "--facilities", "S001, S002", "--types", "sale,return", "--json");
    expect(made.code).toBe(0);
    const key = keyOf(made.out);
    const keysCreatedAt = { [hashKey(key)]: expect.stringMatching(/^\d{4}-.*Z$/) };
    expect(await read()).toEqual({
      clients: [
        { name: "pos", keys: [hashKey(key)], keysCreatedAt, facilities: ["S001", "S002"], types: ["sale", "return"] },
      ],
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).not.toContain(key);
    const plain = await run("create", "oms");
    expect(plain.out).toContain("shown this once");
    expect((await read()).clients[1]).toMatchObject({ name: "oms", facilities: "*", types: "*" });
  });

  it("rotates: the key before stays valid until the next rotation", async () => {
    const { read, keyOf, run } = await start();
    const keys: string[] = [];
    keys.push(keyOf((await run("create", "pos", "--json")).out));
    keys.push(keyOf((await run("rotate", "pos", "--json")).out));
    expect((await read()).clients[0]?.keys).toEqual(keys.map(hashKey));
    expect(await run("rotate", "pos")).toMatchObject({ code: 1, out: expect.stringContaining("Nothing was done.") });
    expect((await read()).clients[0]?.keys).toEqual(keys.map(hashKey));
    keys.push(keyOf((await run("rotate", "pos", "--yes", "--json")).out));
    const [rotated] = (await read()).clients;
    expect(rotated?.keys).toEqual(keys.slice(1).map(hashKey));
    expect(Object.keys(rotated?.keysCreatedAt ?? {})).toEqual(rotated?.keys);
  });

  it("ends one key, and a whole client, once that is meant", async () => {
    const { read, keyOf, run } = await start();
    const keys = [keyOf((await run("create", "pos", "--json")).out), keyOf((await run("rotate", "pos", "--json")).out)];
    const [old = "", young = ""] = keys.map(hashKey);
    const revoke = (hash: string, ...more: string[]) => run("revoke", "pos", "--key", hash, ...more);
    expect((await revoke(old.slice(0, 8))).out).toContain("Nothing was done.");
    expect((await revoke("0000")).code).toBe(64);
    expect((await revoke("00000000", "--yes")).error).toContain("has no key 00000000");
    expect((await revoke(old.slice(0, 8), "--yes")).code).toBe(0);
    expect(await read()).toMatchObject({
      clients: [{ keys: [young], keysCreatedAt: { [young]: expect.any(String) } }],
    });
    expect((await revoke(young.slice(0, 8), "--yes")).error).toContain("keys delete pos");
    expect((await run("delete", "pos")).out).toContain("pos can send nothing from then on");
    expect((await run("delete", "pos", "--yes")).code).toBe(0);
    expect((await read()).clients).toEqual([]);
  });

  it("makes signing secrets, shows each once, and takes them away", async () => {
    const { read, run } = await start();
    const made = JSON.parse((await run("create", "pos", "--signed", "--json")).out);
    expect(signingSecretBytes(made.signingSecret)).toHaveLength(32);
    expect((await read()).clients[0]?.signingSecret).toBe(made.signingSecret);
    expect((await run("list")).out).not.toContain(made.signingSecret);
    const next = JSON.parse((await run("sign", "pos", "--yes", "--json")).out);
    expect((await read()).clients[0]?.signingSecret).toBe(next.signingSecret);
    expect(next.signingSecret).not.toBe(made.signingSecret);
    expect((await run("sign", "pos", "--off", "--yes")).code).toBe(0);
    expect((await read()).clients[0]).not.toHaveProperty("signingSecret");
    expect((await run("sign", "pos", "--off", "--yes")).code).toBe(1);
  });

  it("lists clients without their keys", async () => {
    const { keyOf, run } = await start();
    expect((await run("list")).out).toContain("There are no clients yet");
    const key = keyOf((await run("create", "pos", "--json")).out);
    const { out } = await run("list");
    expect(out).toMatch(/pos +[0-9a-f]{8} +all +all +no +\d{4}-\d\d-\d\dT[\d:.]+Z +unknown/);
    expect(out).toContain("When they were last used is not known");
    expect(out).not.toContain(key);
    expect(out).not.toContain(hashKey(key));
  });

  it("harms nothing when it cannot go on", async () => {
    const { file, run } = await start();
    await run("create", "pos");
    const before = await readFile(file, "utf8");
    expect(await run("create", "pos")).toMatchObject({ code: 1, error: expect.stringContaining("keys rotate pos") });
    expect(await run("rotate", "nobody")).toMatchObject({
      code: 1,
      error: expect.stringContaining("no client nobody"),
    });
    expect(await run("create", "x", "--types", "sale,theft")).toMatchObject({
      code: 64,
      error: expect.stringContaining("theft"),
    });
    for (const name of ["bad\u0007name", "bad name!", "-x"]) expect((await run("create", "--", name)).code).toBe(64);
    expect(await readFile(file, "utf8")).toBe(before);
    await writeFile(file, '{"clients": [{"name": 1}]}');
    expect(await run("create", "y")).toMatchObject({ code: 1, error: expect.stringContaining("left as it is") });
    expect(await readFile(file, "utf8")).toBe('{"clients": [{"name": 1}]}');
  });
});

eachBackend("the last use of a key", (backend) => {
  it("is listed for the key that was used, and not for the one that was not", async () => {
    const [folder, server] = await Promise.all([emptyFolder(), backend.freshQueueServer()]);
    const [used, idle] = [makeKey(), makeKey()];
    const clients = [{ name: "pos", keys: [used, idle].map(hashKey), facilities: "*", types: "*" }];
    const clientsFile = join(folder, "clients.json");
    await writeFile(clientsFile, JSON.stringify({ clients }));
    const env = { QUEUE_URL: server.url, INGEST_CLIENTS_FILE: clientsFile };
    const ingest = await startProcess("ingest", { ...env, INGEST_PORT: "0" });
    onTestFinished(async () => {
      await ingest.stop();
      await server.drop();
    });
    const list = async () => ops(env, "keys", "list");
    expect((await list()).out).toMatch(new RegExp(`pos +${hashKey(used).slice(0, 8)} .* unknown +not seen`));

    const headers = { authorization: `Bearer ${used}`, "content-type": "application/json" };
    const url = `http://127.0.0.1:${ingest.port}/v1/events`;
    expect((await fetch(url, { method: "POST", headers, body: "[]" })).status).toBe(422);
    await eventually(async () => {
      const { out } = await list();
      return new RegExp(`${hashKey(used).slice(0, 8)} .* \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$`, "m").test(out)
        ? out
        : undefined;
    });
    expect((await list()).out).toMatch(new RegExp(`${hashKey(idle).slice(0, 8)} .* not seen$`, "m"));
    expect(JSON.parse((await ops(env, "keys", "list", "--json")).out).clients[0].keys).toMatchObject([
      { lastUsedAt: expect.stringMatching(/Z$/) },
      { lastUsedAt: null },
    ]);
  });
});

// rediss://: the queue's server is reached over TLS, by those who know who signed its certificate and by no others.
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findRedisServer, freePort, startRedis } from "@inventory-sync/local";
import { expect, it, onTestFinished } from "vitest";
import { freshFolder, redisCommand } from "../../../tests/support/index.ts";

const script = fileURLToPath(new URL("./fixtures/add-one.ts", import.meta.url));
const program = findRedisServer();
/** A Redis that was built without TLS does not know the word. */
const knowsTls =
  program !== undefined &&
  /TLS/i.test(spawnSync(program, ["--tls-port", "1", "--port", "0"], { encoding: "utf8" }).stdout);
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

it.runIf(knowsTls && hasOpenssl)(
  "rediss is TLS, and a certificate that nobody vouches for is not believed",
  async () => {
    const folder = await freshFolder("tls");
    const [key, certificate, port] = [join(folder, "key.pem"), join(folder, "cert.pem"), await freePort()];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...curve, ...names, "-keyout", key, "-out", certificate], {
      stdio: "ignore",
    });
    const settings = {
      "tls-port": String(port),
      "tls-key-file": key,
      "tls-cert-file": certificate,
      "tls-auth-clients": "no",
    };
    const server = await startRedis({ dataDir: join(folder, "redis"), program: program ?? "", settings });
    onTestFinished(() => server.stop());
    const url = `rediss://default:${new URL(server.url).password}@localhost:${port}`;
    const waiting = async () => (await redisCommand(server.url, "KEYS", "*e-*")).length;
    const before = await waiting();

    const add = (env: Record<string, string>) =>
      promisify(execFile)(process.execPath, ["--import", "tsx", script, url], { env: { ...process.env, ...env } });
    const refused = await add({});
    expect(refused.stdout).toMatch(/^QueueUnavailable/);
    expect(refused.stderr).toMatch(/self-signed certificate/);
    expect(await waiting()).toBe(before);
    expect((await add({ NODE_EXTRA_CA_CERTS: certificate })).stdout).toBe("added");
    expect(await waiting()).toBeGreaterThan(before);
  },
);

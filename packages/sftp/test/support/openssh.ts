// OpenSSH's own server, where this machine has one: the server that most retailers run. Public-key login, a host key and
// a configuration of its own, in a folder of its own.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir, type UserInfo, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "../../../../tests/support/index.ts";

const run = promisify(execFile);
const sshdPlaces = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd"];

/** Why OpenSSH's server cannot be tried here, or undefined when it can. */
export async function whyNoOpenSsh(): Promise<string | undefined> {
  if ((await findSshd()) === undefined) return "no sshd is installed";
  const account = whoAmI();
  if (account?.shell == null || /nologin|false/.test(account.shell)) return "this account may not log in";
  // Run as root, sshd drops its rights before it answers, into a folder that the package makes only when the service starts.
  if (account.uid !== 0) return undefined;
  try {
    await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    return undefined;
  } catch (error) {
    return `/run/sshd cannot be made (${(error as NodeJS.ErrnoException).code})`;
  }
}

function whoAmI(): UserInfo<string> | undefined {
  try {
    return userInfo();
  } catch {
    // A container may run under a number that has no account.
    return undefined;
  }
}

async function findSshd(): Promise<string | undefined> {
  for (const place of sshdPlaces) {
    if (
      await access(place).then(
        () => true,
        () => false,
      )
    )
      return place;
  }
  return undefined;
}

export interface OpenSsh {
  /** Without a password. The base path is `root`. */
  readonly url: string;
  readonly root: string;
  readonly privateKeyFile: string;
  /** As ssh-keygen prints it. */
  readonly hostKeySha256: string;
  stop(): Promise<void>;
}

export async function startOpenSsh(): Promise<OpenSsh> {
  const sshd = await findSshd();
  if (sshd === undefined) throw new Error("no sshd is installed");
  const folder = await mkdtemp(join(tmpdir(), "inventory-sync-sshd-"));
  await chmod(folder, 0o755);
  const [root, hostKey, userKey, keys] = ["root", "host-key", "user-key", "authorized_keys"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  await mkdir(join(root, "incoming"), { recursive: true });
  for (const file of [hostKey, userKey]) await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  await writeFile(keys, await readFile(`${userKey}.pub`), { mode: 0o600 });
  const port = await freePort();
  const config = join(folder, "sshd_config");
  const settings = [
    ...[
      "ListenAddress 127.0.0.1",
      `Port ${port}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${keys}`,
      `PidFile ${join(folder, "pid")}`,
    ],
    ...[
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
      "Subsystem sftp internal-sftp",
    ],
  ];
  await writeFile(config, `${settings.join("\n")}\n`);
  const server = spawn(sshd, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  server.stderr.on("data", (text) => {
    said += text;
  });
  try {
    await eventually(() => server.exitCode !== null || said.includes("Server listening"));
    if (server.exitCode !== null) throw new Error(`sshd ended: ${said}`);
  } catch (error) {
    server.kill("SIGKILL");
    throw error;
  }
  const { stdout } = await run("ssh-keygen", ["-lf", `${hostKey}.pub`]);
  return {
    url: `sftp://${userInfo().username}@127.0.0.1:${port}${root}`,
    root,
    privateKeyFile: userKey,
    hostKeySha256: stdout.split(" ")[1] ?? "",
    stop: async () => {
      await ended(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ended(server: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  server.kill("SIGTERM");
  await gone;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

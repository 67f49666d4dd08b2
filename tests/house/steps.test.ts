/** The steps of both flows are numbered once, in docs/architecture.md: a file that says where it stands must be found there. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "./skeleton.ts";

/** The files of each step, by its flow and number: "apps/worker: fetch.ts", as the flow's table names them after their workspace. */
function stepsIn(document: string): Map<string, string[]> {
  const steps = new Map<string, string[]>();
  const flows = document.split(/^\*\*Flow (?=\d)/m).slice(1);
  for (const flow of flows) {
    for (const [, step, where = ""] of flow.matchAll(/^\| (\d+) \| ([^|]*) \|/gm))
      steps.set(`${flow[0]}.${step}`, filesIn(where));
  }
  return steps;
}

function filesIn(where: string): string[] {
  let workspace = "";
  return [...where.matchAll(/`([^`]+)`/g)].flatMap(([, name = ""]) => {
    if (!/^(apps|packages)\/[\w-]+$/.test(name)) return [`${workspace}: ${name}`];
    workspace = name;
    return [];
  });
}

/** What a head says of its place: "flow 2, step 4" is 2.4; "flow 1, steps 2 and 3" is 1.2 and 1.3. */
function stepsSaid(head: string): string[] {
  return [...head.matchAll(/\bflow (\d), steps? (\d+)(?: and (\d+))?/gi)].flatMap(([, flow, one, other]) =>
    [one, other].filter((step) => step !== undefined).map((step) => `${flow}.${step}`),
  );
}

/** The places that a file's head names and where the document does not name that file. */
function unknownSteps(path: string, text: string, steps: ReadonlyMap<string, readonly string[]>): string[] {
  const head = text.split(/^(?:import|export|const|with|select)\b/m)[0] ?? "";
  const workspace = path.split("/").slice(0, 2).join("/");
  return stepsSaid(head)
    .filter((step) => !steps.get(step)?.includes(`${workspace}: ${basename(path)}`))
    .map((step) => `${path}: ${step}`);
}

/** What the document names and is not there; a name that ends with / is a folder. */
function absentFiles(named: readonly string[], paths: readonly string[]): string[] {
  return named.filter((each) => {
    const [workspace, name = ""] = each.split(": ");
    return !paths.some(
      (path) =>
        path.startsWith(`${workspace}/`) && (name.endsWith("/") ? path.includes(`/${name}`) : basename(path) === name),
    );
  });
}

const steps = stepsIn(readFileSync(join(repositoryRoot, "docs/architecture.md"), "utf8"));

function sources(): string[] {
  return ["packages", "apps"].flatMap((top) =>
    readdirSync(join(repositoryRoot, top)).flatMap((name) =>
      ["src", "sql"].flatMap((folder) => listed(`${top}/${name}/${folder}`)),
    ),
  );
}

function listed(folder: string): string[] {
  try {
    return readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|sql)$/.test(name) && !name.startsWith("generated"))
      .map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

const paths = sources();

test("every step that the head of a file names stands in docs/architecture.md, with that file", () => {
  const texts = paths.map((path) => [path, readFileSync(join(repositoryRoot, path), "utf8")] as const);
  expect(texts.flatMap(([, text]) => stepsSaid(text.slice(0, 400))).length).toBeGreaterThan(20);
  expect(texts.flatMap(([path, text]) => unknownSteps(path, text, steps))).toEqual([]);
});

test("every file that the tables of the steps name is there", () => {
  const named = [...steps.values()].flat();
  expect(named.length).toBeGreaterThan(40);
  expect(absentFiles(named, paths)).toEqual([]);
});

test("a step that is not there, or does not name the file, is found, and so is a file that is not there", () => {
  expect([...steps.keys()]).toEqual(expect.arrayContaining(["1.1", "1.7", "2.1", "2.7"]));
  expect(unknownSteps("apps/worker/src/fetch.ts", "// Flow 2, step 9: more.\nimport", steps)).toEqual([
    "apps/worker/src/fetch.ts: 2.9",
  ]);
  expect(unknownSteps("packages/db/src/stage.ts", "// Packs (flow 2, steps 4 and 5).\nimport", steps)).toEqual([
    "packages/db/src/stage.ts: 2.5",
  ]);
  expect(unknownSteps("apps/worker/src/x.ts", "// Flow 2, step 4: more.\nimport", steps)).toHaveLength(1);
  expect(absentFiles(["apps/ingest: auth.ts", "apps/ingest: json.ts", "apps/ingest: routes/"], paths)).toEqual([
    "apps/ingest: auth.ts",
  ]);
});

// What the bundler does to names: errors are known by their class's name, and a function's costs nothing where one is made for each row.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const bundleOf = (path: string) => readFile(fileURLToPath(new URL(`../../apps/${path}.js`, import.meta.url)), "utf8");

it.each([
  ["worker/dist/main", "UnrecoverableError"],
  ["worker/dist/resets/staging-thread", "PrismaClientKnownRequestError"],
  ["board/dist/main", "HttpProblem"],
])("%s keeps the name of the class %s", async (path, name) => {
  expect(await bundleOf(path)).toContain(`__className(this, "${name}")`);
});

it.each(["worker/dist/main", "worker/dist/resets/staging-thread", "ingest/dist/main"])(
  "%s defines no name on a function that is made while it runs",
  async (path) => {
    const text = await bundleOf(path);
    expect(text).toContain("var __name = (named) => named,");
    expect(text).not.toContain("__name(this, ");
  },
);

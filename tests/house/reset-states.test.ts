// The states of resets are drawn in docs/architecture.md as packages/domain lists them, and only one module of db writes them.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Move, partMoves, resetMoves } from "@inventory-sync/domain";
import { describe, expect, it } from "vitest";
import { readStatements } from "../../packages/db/src/statements.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");

/** A Mermaid diagram with every move of the list; its names may have no hyphens. */
function diagram(moves: readonly Move<string>[]): string {
  const name = (state: string) => (state === "new" ? "[*]" : state.replaceAll("-", "_"));
  const edges = moves.map(({ from, to, by, when }) => `    ${name(from)} --> ${name(to)}: ${by} – ${when}`);
  return ["```mermaid", "stateDiagram-v2", ...edges, "```"].join("\n");
}

/** Files or statements of db that write a state. */
function writers(files: Readonly<Record<string, string>>): string[] {
  const writes =
    /\b(update\s+(facility_)?reset\b[^;]*?\bset\b[^;]*?\bstate\s*=|insert\s+into\s+(facility_)?reset\s*\([^)]*\bstate\b)/i;
  return Object.keys(files).filter((path) => writes.test((files[path] ?? "").replace(/^\s*(--|\/\/|\*).*$/gm, "")));
}

const filesBelow = (folder: string, ending: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(ending))
      .map((name) => [`${folder}/${name}`, read(`${folder}/${name}`)]),
  );

describe("the states of resets", () => {
  it.each([
    ["a reset", resetMoves],
    ["a facility's part", partMoves],
  ])("of %s are drawn in the architecture with every move, and no other", (_name, moves) => {
    expect(read("docs/architecture.md")).toContain(diagram(moves));
  });

  it("are written by no statement that another module than the transitions runs", () => {
    const sources = filesBelow("packages/db/src", ".ts");
    expect(writers(sources)).toEqual([]);
    const statements = writers(Object.fromEntries(readStatements()));
    expect(statements.length).toBeGreaterThan(5);
    const users = Object.keys(sources).filter((path) =>
      statements.some((name) => sources[path]?.includes(`"${name}"`)),
    );
    expect(users).toEqual(["packages/db/src/resets/transitions.ts"]);
  });

  it("written elsewhere are found", () => {
    const planted = {
      inline: "await client.query(`update reset r set touched_at = now(), state = 'failed' where id = $1`)",
      part: "update facility_reset\n   set state = $3",
      created: "insert into facility_reset (reset_id, state) values ($1, 'held')",
      read: "-- update reset set state = 'x'\nselect state from reset where state = 'held'",
      touched: "update reset set touched_at = clock_timestamp() where id = $1",
    };
    expect(writers(planted)).toEqual(["inline", "part", "created"]);
  });
});

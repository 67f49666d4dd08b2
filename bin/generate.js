// Makes the database client from prisma/schema.prisma, when it is missing or older than the schema. Safe when two run at once:
// each generates into a folder of its own, and whole folders are put in place.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const schemaFile = join(root, "prisma", "schema.prisma");
const generated = join(root, "packages", "db", "src", "generated");
const stampFile = join(generated, ".schema.sha256");

/** Whether the generated client is the one of the schema as it is now. */
export function isGenerated() {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8") === stampOf(readFileSync(schemaFile, "utf8"));
}

/** Generates the client. Throws with Prisma's own words when the schema is wrong. */
function generate() {
  const schema = readFileSync(schemaFile, "utf8");
  const workFolder = join(root, ".cache", `generate-${process.pid}`);
  const output = join(workFolder, "generated");
  try {
    mkdirSync(workFolder, { recursive: true });
    const copy = join(workFolder, "schema.prisma");
    writeFileSync(copy, withOutput(schema, relative(workFolder, output)));
    runPrisma(copy);
    writeFileSync(join(output, ".schema.sha256"), stampOf(schema));
    putInPlace(output, workFolder);
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

function stampOf(schema) {
  return createHash("sha256").update(schema).digest("hex");
}

/** The same schema with another output folder: Prisma writes where the schema says. */
function withOutput(schema, output) {
  const changed = schema.replace(/^(\s*output\s*=\s*)"[^"]*"/m, `$1"./${output}"`);
  if (changed === schema) throw new Error("prisma/schema.prisma names no output folder for its client");
  return changed;
}

function runPrisma(schema) {
  const prisma = createRequire(import.meta.url).resolve("prisma/build/index.js");
  const result = spawnSync(process.execPath, [prisma, "generate", "--schema", schema], {
    cwd: root,
    encoding: "utf8",
    // This generator needs no engine, and its download is refused on closed networks. Never /bin/true: that would let migrations pass unapplied.
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: "/bin/false",
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    },
  });
  if (result.status !== 0) throw new Error(`prisma generate failed:\n${result.stdout ?? ""}${result.stderr ?? ""}`);
}

function putInPlace(output, workFolder) {
  // A folder cannot replace another in one step; whoever comes second finds the first one's, made from the same schema.
  for (let attempt = 0; attempt < 5 && !isGenerated(); attempt += 1) {
    if (existsSync(generated)) renameIfThere(generated, join(workFolder, `old-${attempt}`));
    renameIfThere(output, generated);
  }
  if (!isGenerated()) throw new Error(`the generated client could not be put into ${generated}`);
}

function renameIfThere(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(error.code)) throw error;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    generate();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

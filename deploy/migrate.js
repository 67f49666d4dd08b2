// The image's command `migrate`: brings the database of DATABASE_URL to the shape that this version needs, then ends.
import { migrate } from "@inventory-sync/db";
import { maskUrlsIn } from "@inventory-sync/runtime";

const badConfigurationExitCode = 78;
const url = process.env.DATABASE_URL;

if (!url) {
  process.stderr.write("migrate cannot start: DATABASE_URL is not set; allowed: a postgres:// URL\n");
  process.exit(badConfigurationExitCode);
}
try {
  const applied = await migrate(url);
  process.stdout.write(applied.length > 0 ? `applied: ${applied.join(", ")}\n` : "nothing to apply\n");
} catch (error) {
  process.stderr.write(`The database could not be migrated: ${maskUrlsIn(error.message || String(error))}\n`);
  process.exitCode = 1;
}

// The image's command `migrate`: brings the database to the shape that this version needs, then ends. With DATABASE_ADMIN_URL it also
// makes the roles of the processes, with the passwords of WORKER_DB_PASSWORD and so on.
import { migrate, passwordsIn, secureDatabase } from "@inventory-sync/db";
import { maskUrlsIn } from "@inventory-sync/runtime";

const badConfigurationExitCode = 78;
const { DATABASE_ADMIN_URL: adminUrl, DATABASE_OWNER_URL, DATABASE_DIRECT_URL, DATABASE_URL } = process.env;
// Of two addresses of the same role the server's own: a pooler keeps no lock over a migration.
const url = DATABASE_OWNER_URL || DATABASE_DIRECT_URL || DATABASE_URL;

if (!(adminUrl || url)) {
  process.stderr.write(
    "migrate cannot start: none of DATABASE_ADMIN_URL, DATABASE_OWNER_URL, DATABASE_DIRECT_URL and DATABASE_URL is set; allowed: a postgres:// URL\n",
  );
  process.exit(badConfigurationExitCode);
}
try {
  const applied = adminUrl ? (await secureDatabase(adminUrl, passwordsIn(process.env))).applied : await migrate(url);
  process.stdout.write(applied.length > 0 ? `applied: ${applied.join(", ")}\n` : "nothing to apply\n");
} catch (error) {
  process.stderr.write(`The database could not be migrated: ${maskUrlsIn(error.message || String(error))}\n`);
  process.exitCode = 1;
}

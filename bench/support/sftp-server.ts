// The SFTP server of the test stand, as a process. Environment: ROOT, HOST_KEY_FILE, AUTHORIZED_KEY, ACCOUNT (user:password).
import { startSftp } from "@inventory-sync/local";

const [username = "", password = ""] = (process.env.ACCOUNT ?? "").split(":");
const { url, port, hostKeySha256 } = await startSftp({
  root: process.env.ROOT ?? "",
  ...{ username, password },
  hostKeyFile: process.env.HOST_KEY_FILE ?? "",
  authorizedKey: process.env.AUTHORIZED_KEY ?? "",
});
process.send?.({ url, port, hostKeySha256 });

// Whoever started it may be killed.
process.once("disconnect", () => process.exit());

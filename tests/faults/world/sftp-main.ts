// The SFTP server of a fault run as a process of its own, so that it can be killed like any other.
import { startSftp } from "@inventory-sync/local";

const { SFTP_ROOT = "", SFTP_PORT = "0", SFTP_PASSWORD = "", SFTP_KEY_FILE = "" } = process.env;
const server = await startSftp({
  root: SFTP_ROOT,
  port: Number(SFTP_PORT),
  username: "pos",
  password: SFTP_PASSWORD,
  hostKeyFile: SFTP_KEY_FILE,
});
process.on("disconnect", () => process.exit(0));
process.send?.({ type: "listening", port: server.port });

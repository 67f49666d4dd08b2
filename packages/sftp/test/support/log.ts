// Logs for tests: one that keeps quiet, and one that keeps everything.
import type { SftpLog } from "../../src/index.ts";

export const silentLog: SftpLog = { debug: () => undefined, warn: () => undefined };

export function keepingLog(): SftpLog & { readonly entries: string[] } {
  const entries: string[] = [];
  const keep = (details: object, text: string) => {
    entries.push(`${text} ${JSON.stringify(details)}`);
  };
  return { entries, debug: keep, warn: keep };
}

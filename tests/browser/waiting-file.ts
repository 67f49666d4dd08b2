// A waiting file in a browser: how it would be read, judged as every page is.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { System } from "../support/index.ts";
import { lookAtPage } from "./look-at-page.ts";

const NAME = "nightly.csv";
/** Puts a file without a header into incoming/, looks at its page and takes it away again. @returns what is wrong with its pages, one line each */
export async function lookAtWaitingFile(page: Page, { sftp }: System): Promise<string[]> {
  await sftp.putSnapshot(NAME, "EUR|S001|TEE|P|12\nEUR|S001|CAP|N|3\n");
  try {
    const place = `/sources/default/files/${NAME}`;
    return await lookAtPage(page, place);
  } finally {
    await rm(join(sftp.root, "incoming", NAME), { force: true });
  }
}

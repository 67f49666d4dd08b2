// What `npm run screenshots` runs: the pictures of docs/images, anew, over a system that is started for them.
import { startVitest } from "vitest/node";
import { fetchProgram } from "../support/fetch-program.ts";
import { findChromium } from "../support/find-chromium.ts";
import { chromium } from "../support/get-program.ts";

if (!findChromium()) await fetchProgram(chromium, "the pictures");
const vitest = await startVitest("test", [], { include: ["tests/browser/screenshots.ts"], watch: false });
const isFine = vitest.state.getFiles().every(({ result }) => result?.state === "pass");
await vitest.close();
process.exit(isFine ? 0 : 1);

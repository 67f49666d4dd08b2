// What `npm run screenshots` runs: the pictures of docs/images, anew, over a system that is started for them.
import { startVitest } from "vitest/node";

const vitest = await startVitest("test", [], { include: ["tests/browser/screenshots.ts"], watch: false });
const isFine = vitest.state.getFiles().every(({ result }) => result?.state === "pass");
await vitest.close();
process.exit(isFine ? 0 : 1);

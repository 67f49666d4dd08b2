// Where counts come from: how each source stands; and a file put into incoming/ from the board, for those who have it on their desk and
// not on the SFTP server.
import { Transform } from "node:stream";
import { isPlainFileName } from "@inventory-sync/domain";
import { chooseSource, putWaitingFile, readSources, sourceSchema } from "@inventory-sync/operator";
import { z } from "zod";
import { pathName, queryText } from "../asked.ts";
import { textQuery } from "../endpoint.ts";
import { waitingFiles } from "../pages/resets/report.ts";
import { Problem } from "../problem.ts";
import { apiRead, apiWrite } from "./calls.ts";

export const getSources = apiRead({
  path: "/api/sources",
  summary:
    "Where counts come from: of each source what came last, what waits, the next run and deadline, and whether it can be reached",
  answer: {
    description: "The sources; `fault` says what is wrong with SOURCES_FILE, null when nothing is",
    schema: z.object({ sources: z.array(sourceSchema), fault: z.string().nullable() }),
  },
  async read(parts) {
    const waiting = await waitingFiles(parts);
    const sources = await readSources(parts.database, parts.sources, { waiting, now: new Date() });
    return { sources, fault: parts.sources.fault() ?? null };
  },
});

const MIB = 1024 * 1024;
const BYTES_MAX = 512 * MIB;

export const postIncoming = apiWrite({
  path: "/api/incoming/{name}",
  query: [textQuery("source", "In whose incoming/; to be named where there are several sources")],
  summary: "Puts a file into incoming/: its bytes are the body, application/octet-stream",
  what: "put a file into incoming/",
  target: ({ request }) => `file ${pathName(request, "name")}`,
  answer: {
    status: 201,
    description: "It waits there, whole",
    schema: z.object({ file: z.string(), bytes: z.int() }),
  },
  refusals: {
    404: "There is no such source",
    409: "Its name is taken, or not one of a snapshot, or there are several sources and none is named",
    413: `It has more than ${BYTES_MAX / MIB} MiB`,
    503: "The SFTP server cannot be reached",
  },
  async act({ sources, withInbox }, { request }) {
    const name = pathName(request, "name");
    if (!isPlainFileName(name))
      throw new Problem(
        "bad-request",
        `${name} is no plain file name: it has a folder, is too long, or has characters that nobody sees.`,
      );
    const source = chooseSource(sources, queryText(request, "source")).name;
    const tooLarge = () =>
      new Problem(
        "too-large",
        `A file of more than ${BYTES_MAX / MIB} MiB is not taken here; put it on the SFTP server.`,
      );
    if (Number(request.get("content-length") ?? 0) > BYTES_MAX) throw tooLarge();
    let bytes = 0;
    let refusal: Problem | undefined;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        if (bytes > BYTES_MAX) refusal = tooLarge();
        done(refusal, chunk);
      },
    });
    // The one who reads it is told; until the SFTP server is reached there is none, and an error that nobody hears ends the process.
    counted.on("error", () => undefined);
    const gone = () => counted.destroy(new Error("the client went away half-way"));
    if (request.destroyed) gone();
    else request.once("aborted", gone);
    await putWaitingFile(withInbox, { name, source }, request.pipe(counted)).catch((error: unknown) => {
      throw refusal ?? error;
    });
    return { answer: { file: name, bytes }, outcome: `${bytes} bytes` };
  },
});

// A file is put into incoming/ from the board, for those who have it on their desk and not on the SFTP server.
import { Transform } from "node:stream";
import { isPlainFileName } from "@inventory-sync/domain";
import { chooseSource, putWaitingFile } from "@inventory-sync/operator";
import { z } from "zod";
import { pathName, queryText } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import { Problem } from "../problem.ts";

const MIB = 1024 * 1024;
const BYTES_MAX = 512 * MIB;

const sourceParameter = {
  name: "source",
  description: "In whose incoming/; to be named where there are several sources",
  schema: { type: "string" },
} as const;

/** POST /api/incoming/{name} */
export const postIncoming: Endpoint<"sources" | "withInbox"> = {
  method: "post",
  path: "/api/incoming/{name}",
  access: "operator",
  query: [sourceParameter],
  summary: "Puts a file into incoming/: its bytes are the body, application/octet-stream",
  audit: { what: "put a file into incoming/", target: (request) => `file ${pathName(request, "name")}` },
  answers: {
    201: { description: "It waits there, whole", schema: z.object({ file: z.string(), bytes: z.int() }) },
    404: { description: "There is no such source" },
    409: { description: "Its name is taken, or not one of a snapshot, or there are several sources and none is named" },
    413: { description: `It has more than ${BYTES_MAX / MIB} MiB` },
    503: { description: "The SFTP server cannot be reached" },
  },
  async handle({ sources, withInbox }, request, response) {
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
    sayOutcome(response, `${bytes} bytes`);
    response.status(201).json({ file: name, bytes });
  },
};

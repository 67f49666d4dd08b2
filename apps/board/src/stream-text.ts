// A long text as a file to be saved, written piece by piece so that any length fits in memory.
import type { Response } from "express";

/** Sends the pieces as they come, no faster than they are taken. @param file its media type, and the name to save it under */
export async function streamText(
  response: Response,
  file: { readonly type: string; readonly name: string },
  pieces: AsyncIterable<string>,
): Promise<void> {
  const each = pieces[Symbol.asyncIterator]();
  // What goes wrong before the first piece is still answered in words.
  let piece = await each.next();
  response.set({
    "content-type": `${file.type}; charset=utf-8`,
    "content-disposition": `attachment; filename="${file.name}"`,
    "cache-control": "no-store",
  });
  for (; piece.done !== true; piece = await each.next()) {
    const isTaken = response.write(piece.value);
    if (response.destroyed) return;
    if (!isTaken) await drained(response);
  }
  response.end();
}

/** Resolves when more may be written, or when the client has gone. */
function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.once("drain", done).once("close", done);
  });
}

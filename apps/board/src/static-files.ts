// The files that pages load: our own, and those of the libraries as their packages ship them. Nothing is bundled.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import express, { type RequestHandler } from "express";

const OWN_FOLDER = fileURLToPath(new URL("../static", import.meta.url));
const KEPT_MS = 5 * 60 * 1_000;

/** Serves them; to be mounted at /static. Browsers ask again after five minutes, and are told that nothing is new. */
export function staticFiles(): RequestHandler {
  const require = createRequire(import.meta.url);
  const libraries: Readonly<Record<string, string>> = {
    "/pico.css": require.resolve("@picocss/pico/css/pico.min.css"),
    "/idiomorph.js": require.resolve("idiomorph/dist/idiomorph.min.js"),
    "/uplot.js": require.resolve("uplot/dist/uPlot.iife.min.js"),
    "/uplot.css": require.resolve("uplot/dist/uPlot.min.css"),
  };
  const own = express.static(OWN_FOLDER, { index: false, maxAge: KEPT_MS });
  return (request, response, next) => {
    const file = Object.hasOwn(libraries, request.path) ? libraries[request.path] : undefined;
    if (file === undefined) own(request, response, next);
    // Packages may lie below a folder whose name begins with a dot.
    else response.sendFile(file, { maxAge: KEPT_MS, dotfiles: "allow" }, (error) => error && next(error));
  };
}

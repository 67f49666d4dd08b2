// The board as an Express application: what every request passes, in this order, before a route answers it.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { refuseOddRequests, sendProblem } from "@inventory-sync/http";
import compression from "compression";
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";
import helmet from "helmet";
import { readBody } from "./asked.ts";
import { auditedAs, auditRefused, logWrites, refusal, sayOutcome } from "./audit.ts";
import { bullBoard, onlyOperatorsWrite } from "./bull-board.ts";
import { bullBoardWrites } from "./bull-board-writes.ts";
import { type Endpoint, expressPath, isBeforeSignIn } from "./endpoint.ts";
import { overviewView } from "./pages/overview/view.ts";
import { waitingFiles } from "./pages/resets/report.ts";
import type { Parts } from "./parts.ts";
import { demand, guardWrites, identify, identityOf, isPage } from "./people/identity.ts";
import { awayWords, Problem, problemOf } from "./problem.ts";
import type { Reads } from "./reads.ts";
import { endpoints } from "./routes.ts";
import { document, frame, sendPage } from "./ui/frame.ts";
import { html } from "./ui/html.ts";
import { pageContext, waitingNow } from "./ui/page-context.ts";
import { chosenTheme } from "./ui/preferences.ts";

const STATIC_FOLDER = fileURLToPath(new URL("../static", import.meta.url));
const STATIC_KEPT_MS = 5 * 60 * 1_000;
const JSON_BYTES_MAX = 512 * 1024;
const FORM_BYTES_MAX = 8 * 1024;
/** What pages have in common, and what is a few seconds old otherwise. */
const sharedReads = [overviewView, waitingNow, waitingFiles];
/** Pages and what they load. Not data: half an answer that was cut off must be seen as cut off, and events go out at once. */
const COMPRESSED = /^(?:text\/(?:html|css|javascript)|application\/javascript|image\/svg\+xml)/;

/**
 * Makes the application; nothing listens yet.
 * @param reads gives each request its parts
 * @param trustedProxies addresses and subnets of proxies whose X-Forwarded-… headers are believed
 */
export function createApp(parts: Parts, reads: Reads, trustedProxies: readonly string[]): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  // Only these may name the caller and say whether it was over TLS.
  app.set("trust proxy", [...trustedProxies]);
  app.use(
    refuseOddRequests(({ kind, detail }) => new Problem(kind, detail)),
    logWrites(parts.log),
  );
  app.use("/queues", securityHeaders({ styles: ["'self'", "'unsafe-inline'"], base: "'self'" }));
  app.use(securityHeaders({ styles: ["'self'"], base: "'none'" }));
  app.use(compression({ filter: (_request, response) => COMPRESSED.test(String(response.getHeader("content-type"))) }));
  app.use("/static", staticFiles());
  for (const endpoint of endpoints.filter((each) => isBeforeSignIn(each.access))) serve(app, endpoint, parts, reads);
  app.use(identify(parts), guardWrites);
  app.use("/queues", onlyOperatorsWrite, bullBoardWrites(parts), bullBoard(parts));
  for (const endpoint of endpoints.filter((each) => !isBeforeSignIn(each.access))) serve(app, endpoint, parts, reads);
  app.use((request, _response, next) => {
    if (isPage(request)) return next(new Problem("no-page", `There is no page at ${request.path}.`));
    const what = `${request.method} ${request.path}`;
    return next(new Problem("not-found", `There is nothing at ${what}. /openapi.json lists what there is.`));
  });
  app.use(answerFaults(parts));
  return app;
}

function serve(app: Express, endpoint: Endpoint, parts: Parts, reads: Reads): void {
  const isForm = endpoint.access === "anyone";
  const parseBody = isForm
    ? express.urlencoded({ extended: false, limit: FORM_BYTES_MAX })
    : express.json({ limit: JSON_BYTES_MAX, strict: true });
  const admit: RequestHandler = (_request, response, next) => {
    if (!isBeforeSignIn(endpoint.access)) demand(endpoint.access, identityOf(response));
    response.set("cache-control", "no-store");
    next();
  };
  const { audit, body } = endpoint;
  const answer: RequestHandler = async (request, response) => {
    try {
      await reads.answer(endpoint, request, response);
    } finally {
      // Whoever decided something sees at once that it is done.
      if (audit) for (const read of sharedReads) for (const each of reads.all) read.outdate(each);
    }
  };
  // Before it is described for the audit log: what is described has the shape that it should have.
  const check: RequestHandler = (request, _response, next) => {
    if (body !== undefined) readBody(request, body);
    next();
  };
  const writing = endpoint.method === "post" ? [parseBody, check, ...(audit ? [auditedAs(parts, audit)] : [])] : [];
  app[endpoint.method](expressPath(endpoint.path), admit, ...writing, answer);
}

/**
 * The files that pages load: our own, and those of the libraries as their packages ship them. Nothing is bundled. Browsers ask again
 * after five minutes, and are told that nothing is new.
 */
function staticFiles(): RequestHandler {
  const require = createRequire(import.meta.url);
  const libraries: Readonly<Record<string, string>> = {
    "/pico.css": require.resolve("@picocss/pico/css/pico.min.css"),
    "/idiomorph.js": require.resolve("idiomorph/dist/idiomorph.min.js"),
    "/uplot.js": require.resolve("uplot/dist/uPlot.iife.min.js"),
    "/uplot.css": require.resolve("uplot/dist/uPlot.min.css"),
  };
  const own = express.static(STATIC_FOLDER, { index: false, maxAge: STATIC_KEPT_MS });
  return (request, response, next) => {
    const file = Object.hasOwn(libraries, request.path) ? libraries[request.path] : undefined;
    if (file === undefined) own(request, response, next);
    // Packages may lie below a folder whose name begins with a dot.
    else response.sendFile(file, { maxAge: STATIC_KEPT_MS, dotfiles: "allow" }, (error) => error && next(error));
  };
}

/** Nothing from outside hosts, no inline script; inline styles only where Bull Board needs them. */
function securityHeaders({ styles, base }: { styles: readonly string[]; base: string }): RequestHandler {
  const guarded = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: [...styles],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: [base],
      },
    },
    // With no-referrer browsers send "Origin: null" with our own forms, and could not be told from other sites.
    referrerPolicy: { policy: "same-origin" },
  });
  return (request, response, next) =>
    response.hasHeader("content-security-policy") ? next() : guarded(request, response, next);
}

function answerFaults(parts: Parts): ErrorRequestHandler {
  return async (error, request, response, _next) => {
    // Refused already: what was asked came to an end after all.
    if (response.writableEnded) return;
    const problem = problemOf(error, parts);
    sayOutcome(response, refusal(problem));
    await auditRefused(parts, response, problem);
    if (response.headersSent) {
      // Half an answer went out already, a CSV cut off by the database: cutting the connection is what tells it.
      response.destroy();
      return;
    }
    if (!isPage(request)) {
      sendProblem(response, problem, { contentType: "application/problem+json; charset=utf-8" });
      return;
    }
    await sendFaultPage(parts, response, problem);
  };
}

/** A refusal as a page: in the frame for those who are signed in. */
async function sendFaultPage(parts: Parts, response: Response, problem: Problem): Promise<void> {
  const { status, away } = problem;
  const title = away ? awayWords[away].title : problem.title;
  const says = away
    ? html`<p>This page reloads when it is back. <a href="${awayWords[away].runbook}">Runbook</a></p>`
    : html`<p>${problem.message}</p>`;
  const main = html`<h1>${title}</h1>${says}<p><a href="/">Back to the overview</a></p>`;
  const text =
    response.locals.identity === undefined
      ? document({ title: `${title} · inventory-sync`, theme: chosenTheme(response.req) }, html`<main>${main}</main>`)
      : frame({ title, context: await pageContext(parts, response), awaits: away }, main);
  sendPage(response.set(problem.headers), status, text);
}

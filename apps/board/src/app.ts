// The board as an Express application: what every request passes, in this order, before a route answers it.
import { whyNotPlain } from "@inventory-sync/runtime";
import compression from "compression";
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import helmet from "helmet";
import { readBody } from "./asked.ts";
import { auditedAs, auditRefused, refusal, sayOutcome } from "./audit.ts";
import { auditWrites } from "./audit-log.ts";
import { bullBoard, onlyOperatorsWrite } from "./bull-board.ts";
import { bullBoardWrites } from "./bull-board-writes.ts";
import { frame } from "./console/frame/frame.ts";
import { chosenTheme, lookOf } from "./console/frame/look.ts";
import { type Endpoint, expressPath } from "./endpoint.ts";
import { problemOf } from "./faults.ts";
import { html } from "./html.ts";
import { document, sendPage } from "./layout.ts";
import type { Parts } from "./parts.ts";
import { demand, identify, identityOf, isPage } from "./people/identity.ts";
import { guardWrites } from "./people/same-origin.ts";
import { Problem, problemKinds, sendProblem } from "./problem.ts";
import { endpoints } from "./routes.ts";
import { staticFiles } from "./static-files.ts";

const JSON_BYTES_MAX = 512 * 1024;
const FORM_BYTES_MAX = 8 * 1024;
/** Pages and what they load. Not data: half an answer that was cut off must be seen as cut off, and events go out at once. */
const COMPRESSED = /^(?:text\/(?:html|css|javascript)|application\/javascript|image\/svg\+xml)/;

/** Makes the application; nothing listens yet. */
export function createApp(parts: Parts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("query parser", "simple");
  // Only these may say who asked and whether it was over TLS.
  app.set("trust proxy", [...parts.trustedProxies]);
  app.use(refuseOddRequests, auditWrites(parts.log));
  app.use("/queues", securityHeaders({ styles: ["'self'", "'unsafe-inline'"], base: "'self'" }));
  app.use(securityHeaders({ styles: ["'self'"], base: "'none'" }));
  app.use(compression({ filter: (_request, response) => COMPRESSED.test(String(response.getHeader("content-type"))) }));
  app.use("/static", staticFiles());
  for (const endpoint of endpoints.filter((each) => each.access === "anyone")) serve(app, endpoint, parts);
  app.use(identify(parts), guardWrites);
  app.use("/queues", onlyOperatorsWrite, bullBoardWrites(parts), bullBoard(parts));
  for (const endpoint of endpoints.filter((each) => each.access !== "anyone")) serve(app, endpoint, parts);
  app.use((request, _response, next) => {
    next(
      new Problem(
        "not-found",
        `There is nothing at ${request.method} ${request.path}. /openapi.json lists what there is.`,
      ),
    );
  });
  app.use(answerFaults(parts));
  return app;
}

function serve(app: Express, endpoint: Endpoint, parts: Parts): void {
  const isForm = endpoint.access === "anyone";
  const parseBody = isForm
    ? express.urlencoded({ extended: false, limit: FORM_BYTES_MAX })
    : express.json({ limit: JSON_BYTES_MAX, strict: true });
  const admit: RequestHandler = (_request, response, next) => {
    if (endpoint.access !== "anyone") demand(endpoint.access, identityOf(response));
    response.set("cache-control", "no-store");
    next();
  };
  const answer: RequestHandler = async (request, response) => {
    await endpoint.handle(parts, request, response);
  };
  const { audit, body } = endpoint;
  // Before it is described for the audit log: what is described has the shape that it should have.
  const check: RequestHandler = (request, _response, next) => {
    if (body !== undefined) readBody(request, body);
    next();
  };
  const noted = audit && auditedAs(parts, (request) => ({ what: audit.what, target: audit.target(request) }));
  const writing = endpoint.method === "post" ? [parseBody, check, ...(noted ? [noted] : [])] : [];
  app[endpoint.method](expressPath(endpoint.path), admit, ...writing, answer);
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

/** What a proxy in front may read otherwise than the board does is refused before anything of it counts. */
function refuseOddRequests(request: Request, response: Response, next: NextFunction): void {
  const odd = whyNotPlain(request);
  if (odd !== undefined) {
    response.set("connection", "close");
    throw new Problem(odd.status === 501 ? "not-implemented" : "bad-request", odd.detail);
  }
  next();
}

function answerFaults(parts: Parts): ErrorRequestHandler {
  return async (error, request, response, _next) => {
    const problem = problemOf(error, parts.log);
    sayOutcome(response, refusal(problem));
    await auditRefused(parts, { request, response }, problem);
    if (response.headersSent) {
      // Half an answer went out already, a CSV cut off by the database: cutting the connection is what tells it.
      response.destroy();
      return;
    }
    if (!isPage(request)) {
      sendProblem(response, problem);
      return;
    }
    await sendFaultPage(parts, { request, response }, problem);
  };
}

/** A refusal as a page: in the frame for those who are signed in. */
async function sendFaultPage(
  parts: Parts,
  { request, response }: { readonly request: Request; readonly response: Response },
  problem: Problem,
): Promise<void> {
  const { status, title } = problemKinds[problem.kind];
  const main = html`<h1>${title}</h1><p>${problem.message}</p><p><a href="/">Back to the overview</a></p>`;
  const text =
    response.locals.identity === undefined
      ? document({ title: `${title} · inventory-sync`, theme: chosenTheme(request) }, html`<main>${main}</main>`)
      : frame({ title, look: await lookOf(parts, request, response) }, main);
  sendPage(response.set(problem.headers), status, text);
}

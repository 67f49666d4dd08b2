// One line in the log for every write: who asked for what, from where, and what came of it. Bull Board's writes included.

import type { Logger } from "@inventory-sync/runtime";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Identity } from "./people/identity.ts";
import { isRead } from "./people/same-origin.ts";

/** Logs each write once its answer has been sent, or its connection was cut. */
export function auditWrites(log: Logger): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (!isRead(request.method)) {
      response.once("close", () => {
        const identity = response.locals.identity as Identity | undefined;
        const who = { who: identity?.name ?? null, role: identity?.role ?? null, by: identity?.by ?? null };
        const route = request.originalUrl.split("?")[0];
        const status = response.writableFinished ? response.statusCode : null;
        log.info({ audit: true, ...who, method: request.method, route, status, address: request.ip }, "write");
      });
    }
    next();
  };
}

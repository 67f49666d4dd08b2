// The session cookie: out of reach of scripts and of other sites, and bound to TLS where there is TLS.
import type { Request, Response } from "express";

const NAME = "board_session";

/** Behind TLS the name itself makes browsers insist on Secure, on this host and on the whole path. */
function cookieName(request: Request): string {
  return request.secure ? `__Host-${NAME}` : NAME;
}

/** The token that the request's cookie holds, if any. */
export function readSessionCookie(request: Request): string | undefined {
  const wanted = `${cookieName(request)}=`;
  const found = (request.get("cookie") ?? "")
    .split(";")
    .map((part) => part.trim())
    .find((part) => part.startsWith(wanted));
  const token = found?.slice(wanted.length);
  return token !== undefined && /^[A-Za-z0-9_-]{20,128}$/.test(token) ? token : undefined;
}

/** Hands the token to the browser; it goes when the browser is closed. */
export function writeSessionCookie(request: Request, response: Response, token: string): void {
  response.cookie(cookieName(request), token, {
    httpOnly: true,
    sameSite: "strict",
    secure: request.secure,
    path: "/",
  });
}

/** Takes the token away. */
export function clearSessionCookie(request: Request, response: Response): void {
  response.clearCookie(cookieName(request), { httpOnly: true, sameSite: "strict", secure: request.secure, path: "/" });
}

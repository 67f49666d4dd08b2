// The sign-in page and what its form does. A new session has a new token, whatever cookie the browser came with.
import { setTimeout as pause } from "node:timers/promises";
import { type BoardUser, hashPassword } from "@inventory-sync/runtime";
import type { Request } from "express";
import { readForm } from "../asked.ts";
import { auditSignIn } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { document, sendPage } from "../ui/frame.ts";
import { type Html, html } from "../ui/html.ts";
import { chosenTheme } from "../ui/preferences.ts";
import { localPath, refuseOtherSites } from "./identity.ts";
import { clearSessionCookie, readSessionCookie, writeSessionCookie } from "./sessions.ts";

export const showSignIn: Endpoint = {
  method: "get",
  path: "/sign-in",
  access: "anyone",
  summary: "The page on which people sign in",
  answers: { 200: { description: "The page", type: "text/html" } },
  handle(_parts, request, response) {
    const next = typeof request.query.next === "string" ? request.query.next : "/";
    sendPage(response, 200, signInPage(request, { next: localPath(next) }));
  },
};

/** POST /sign-in, from the page's form. */
export const signIn: Endpoint = {
  method: "post",
  path: "/sign-in",
  access: "anyone",
  summary: "Signs somebody in (application/x-www-form-urlencoded: name, password, next)",
  answers: {
    303: { description: "Signed in; the session cookie is set", type: "text/html" },
    401: { description: "Name or password is wrong", type: "text/html" },
    429: { description: "Too many attempts; Retry-After says how long to wait", type: "text/html" },
    503: { description: "Too many people are signing in; Retry-After says how long to wait", type: "text/html" },
  },
  async handle(parts, request, response) {
    refuseOtherSites(request);
    const { name, password, next } = readForm(request, "name", "password", "next");
    const address = request.ip ?? "";
    // What was typed where a name belongs may be a password, so only names that there are get into log and audit log.
    const who = parts.users.find(name) === undefined ? "(no known name)" : name;
    const { waitMs, refusedMs, isFirstRefused } = parts.throttle.take(address, name);
    const note = (outcome: string) => auditSignIn(parts, request, { who, role: null, what: "sign in", outcome });
    const again = (fault: string) => signInPage(request, { next: localPath(next), name, fault });
    // One row for a whole window of them: anybody can go on trying, and must not be able to fill the audit log.
    if (isFirstRefused) await note("refused: too many attempts, and so is what follows for a while");
    if (refusedMs > 0) {
      parts.log.warn({ person: who, address }, "too many attempts to sign in");
      response.set("retry-after", String(Math.ceil(refusedMs / 1000)));
      sendPage(response, 429, again(`Too many attempts. Try again in ${inWords(refusedMs)}.`));
      return;
    }
    await pause(waitMs);
    const user = await knownUser(parts, name, password);
    if (!user) {
      parts.log.warn({ person: who, address }, "somebody could not sign in");
      await note("refused: name or password is wrong");
      sendPage(response, 401, again("Name or password is wrong."));
      return;
    }
    parts.throttle.succeeded(address, name);
    endSession(parts, request);
    writeSessionCookie(request, response, parts.sessions.begin(user));
    parts.log.info({ person: user.name, role: user.role, address }, "signed in");
    await auditSignIn(parts, request, { who: user.name, role: user.role, what: "sign in", outcome: "signed in" });
    response.redirect(303, localPath(next));
  },
};

export const signOut: Endpoint = {
  method: "post",
  path: "/sign-out",
  access: "anyone",
  summary: "Ends the session",
  answers: { 303: { description: "Signed out", type: "text/html" } },
  async handle(parts, request, response) {
    refuseOtherSites(request);
    const token = readSessionCookie(request);
    const user = token === undefined ? undefined : parts.sessions.find(token, (name) => parts.users.find(name));
    endSession(parts, request);
    if (user) {
      const who = { who: user.name, role: user.role };
      await auditSignIn(parts, request, { ...who, what: "sign out", outcome: "signed out" });
    }
    clearSessionCookie(request, response);
    response.redirect(303, "/sign-in");
  },
};

function endSession({ sessions }: Parts, request: Request): void {
  const token = readSessionCookie(request);
  if (token !== undefined) sessions.end(token);
}

/** A name that is not known costs the same time as a wrong password, so names cannot be found out. */
async function knownUser(parts: Parts, name: string, password: string): Promise<BoardUser | undefined> {
  const user = parts.users.find(name);
  const isRight = await parts.checkPassword(password, user?.passwordHash ?? (await nobodysHash()));
  return isRight ? user : undefined;
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

let nobody: Promise<string> | undefined;
function nobodysHash(): Promise<string> {
  nobody ??= hashPassword("nobody has this password");
  return nobody;
}

function signInPage(
  request: Request,
  { next, name = "", fault }: { readonly next: string; readonly name?: string; readonly fault?: string },
): string {
  const body: Html = html`<main class="sign-in">
<h1>inventory-sync</h1>
<p class="soft">One inventory out of sales and the nightly count.</p>
${fault === undefined ? null : html`<p class="fault" role="alert">${fault}</p>`}
<form method="post" action="/sign-in">
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" required autofocus value="${name}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<input type="hidden" name="next" value="${next}">
<button type="submit">Sign in</button>
</form>
</main>`;
  return document({ title: "Sign in · inventory-sync", theme: chosenTheme(request) }, body);
}

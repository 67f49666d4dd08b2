// What readers may choose for themselves: theme and zone. Kept in cookies of their own browser, so nothing is written here.
import type { Request, Response } from "express";
import { readForm } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import { localPath, refuseOtherSites } from "../people/identity.ts";
import { readCookie } from "../people/sessions.ts";
import { type Html, html } from "./html.ts";

/** What was chosen, and what there is to choose from. */
export interface Preferences {
  /** Undefined follows the browser. */
  readonly theme: "light" | "dark" | undefined;
  /** IANA name; all times of the page are in it. */
  readonly zone: string;
  /** The zone of the resets, which is the default. */
  readonly resetZone: string;
  /** The page's own address, to come back to. */
  readonly path: string;
}

const THEME_COOKIE = "board_theme";
const ZONE_COOKIE = "board_zone";

const KEPT_MS = 365 * 24 * 3_600 * 1_000;

/** Zones that are offered beside the resets' own, UTC and the browser's. */
const OFFERED = `America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles Europe/London
  Europe/Berlin Asia/Dubai Asia/Kolkata Asia/Singapore Australia/Sydney`.split(/\s+/);

const THEMES = [
  { value: "auto", text: "Auto" },
  { value: "light", text: "Light" },
  { value: "dark", text: "Dark" },
] as const;

/** POST /preferences, from the header's form. */
export const setPreferences: Endpoint = {
  method: "post",
  path: "/preferences",
  access: "anyone",
  summary: "Keeps theme and zone in the browser's cookies (application/x-www-form-urlencoded: theme, zone, next)",
  answers: { 303: { description: "Kept; back to the page", type: "text/html" } },
  handle(_parts, request, response) {
    refuseOtherSites(request);
    const { theme, zone, next } = readForm(request, "theme", "zone", "next");
    keep(request, response, { name: THEME_COOKIE, value: theme === "light" || theme === "dark" ? theme : undefined });
    keep(request, response, { name: ZONE_COOKIE, value: isZone(zone) ? zone : undefined });
    response.redirect(303, localPath(next));
  },
};

/** The form in the header's menu. console.js sends it by itself when something is chosen, and adds the browser's own zone. */
export function preferences({ theme, zone, resetZone, path }: Preferences): Html {
  const zones = [...new Set([resetZone, "UTC", zone, ...OFFERED])];
  return html`<form method="post" action="/preferences" id="preferences">
<input type="hidden" name="next" value="${path}">
<fieldset class="choice"><legend>Theme</legend>
${THEMES.map(({ value, text }) => html`<label><input type="radio" name="theme" value="${value}"${value === (theme ?? "auto") ? html` checked` : null}> ${text}</label>`)}
</fieldset>
<label>Times in
<select name="zone">${zones.map((name) => html`<option value="${name === resetZone ? "" : name}"${name === zone ? html` selected` : null}>${name}${name === resetZone && " (resets)"}</option>`)}</select></label>
<button type="submit" class="quiet">Apply</button>
</form>`;
}

function keep(
  request: Request,
  response: Response,
  { name, value }: { name: string; value: string | undefined },
): void {
  const options = { sameSite: "lax", secure: request.secure, path: "/" } as const;
  if (value === undefined) response.clearCookie(name, options);
  else response.cookie(name, value, { ...options, maxAge: KEPT_MS });
}

/** The theme that the reader chose, if any. */
export function chosenTheme(request: Request): "light" | "dark" | undefined {
  const theme = readCookie(request, THEME_COOKIE);
  return theme === "light" || theme === "dark" ? theme : undefined;
}

/** The zone that the reader chose, if any. */
export function chosenZone(request: Request): string | undefined {
  const zone = readCookie(request, ZONE_COOKIE);
  return zone !== undefined && isZone(zone) ? zone : undefined;
}

/** Says whether a name is an IANA zone that this process knows. */
function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return /^[A-Za-z0-9_+/-]{1,64}$/.test(name);
  } catch {
    return false;
  }
}

// How somebody looks at a page: who they are, the zone in which they want times, the theme, and what their page listens to.
import type { Request, Response } from "express";
import type { Html } from "../../html.ts";
import type { Parts } from "../../parts.ts";
import { type Identity, identityOf } from "../../people/identity.ts";
import { type TimeStyle, time } from "./time.ts";
import { type Waiting, waitingNow } from "./waiting.ts";

/** Everything that a page needs to know of whoever looks at it. */
export interface Look {
  readonly identity: Identity;
  /** Whether buttons that act are shown. */
  readonly mayAct: boolean;
  /** IANA name; all times of the page are in it. */
  readonly zone: string;
  /** The zone of the resets, which is the default. */
  readonly resetZone: string;
  /** Undefined follows the browser. */
  readonly theme: "light" | "dark" | undefined;
  /** The page's own address, to come back to. */
  readonly path: string;
  /** What the page listens to, with the digest of what it is made from. */
  readonly live: { readonly topic: string; readonly seen: string } | undefined;
  /** The counts beside the navigation. */
  readonly waiting: Waiting;
  /** Writes a time in the zone, or a dash. */
  time(date: Date | string | null | undefined, style?: TimeStyle): Html;
}

/** The cookies that keep what somebody chose. Not secret, and of no use to anybody else. */
export const THEME_COOKIE = "board_theme";
export const ZONE_COOKIE = "board_zone";

/**
 * How whoever asked looks at the page. To be asked before the page's data is read, so that a change in between is noticed.
 * @param options.live the topic whose changes renew the page
 */
export async function lookOf(
  parts: Parts,
  request: Request,
  response: Response,
  options: { readonly live?: string } = {},
): Promise<Look> {
  const identity = identityOf(response);
  const [live, waiting] = await Promise.all([liveFrom(parts, options.live), waitingNow(parts)]);
  const zone = chosenZone(request) ?? parts.timeZone;
  return {
    ...{ identity, zone, live, waiting, mayAct: identity.role === "operator", resetZone: parts.timeZone },
    theme: chosenTheme(request),
    path: request.originalUrl,
    time: (date, style) => time(date, zone, style),
  };
}

async function liveFrom(parts: Parts, topic: string | undefined): Promise<Look["live"]> {
  return topic === undefined ? undefined : { topic, seen: await parts.live.digest(topic) };
}

/** The theme that somebody chose, if they did. */
export function chosenTheme(request: Request): "light" | "dark" | undefined {
  const theme = cookie(request, THEME_COOKIE);
  return theme === "light" || theme === "dark" ? theme : undefined;
}

function chosenZone(request: Request): string | undefined {
  const zone = cookie(request, ZONE_COOKIE);
  return zone !== undefined && isZone(zone) ? zone : undefined;
}

/** Says whether a name is an IANA zone that this process knows. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return /^[A-Za-z0-9_+/-]{1,64}$/.test(name);
  } catch {
    return false;
  }
}

function cookie(request: Request, name: string): string | undefined {
  const found = (request.get("cookie") ?? "")
    .split(";")
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`));
  const value = found?.slice(name.length + 1);
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

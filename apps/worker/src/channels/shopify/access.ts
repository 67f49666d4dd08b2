// Who we are to Shopify: a token that stands for good, or one of the client credentials grant, which is taken anew before it ends
// (https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant).
import { jsonOf } from "@inventory-sync/domain";
import { notedSecret } from "@inventory-sync/runtime";
import { z } from "zod";
import { retryAfterMs, type TargetCalls } from "../http/guarded-agent.ts";
import { TargetFailure } from "../target.ts";

/** What opens the door: a standing token, or what a token is asked for with. */
export type Credentials =
  | { readonly accessToken: string }
  | { readonly clientId: string; readonly clientSecret: string };

/** A token is taken anew when less than this part of its time is left. */
const LAST_PART = 0.1;
const SHOWN_CHARACTERS_MAX = 100;

const grantAnswer = z.object({ access_token: z.string().min(1).max(1_000), expires_in: z.number().positive() });
const grantRefusal = z.object({ error: z.string() });

export function openAccess(
  credentials: Credentials,
  { calls, baseUrl }: { readonly calls: TargetCalls; readonly baseUrl: string },
) {
  if ("accessToken" in credentials)
    return { token: () => Promise.resolve(credentials.accessToken), refused: () => false };
  let held: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;
  const ask = async (stopping: AbortSignal): Promise<string> => {
    const askedAt = performance.now();
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
    }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const answer = await calls.call(`${baseUrl}/admin/oauth/access_token`, { method: "POST", headers, body, stopping });
    const given = grantAnswer.safeParse(jsonOf(answer.text));
    if (answer.status !== 200 || !given.success) {
      const said = grantRefusal.safeParse(jsonOf(answer.text)).data?.error.slice(0, SHOWN_CHARACTERS_MAX);
      throw new TargetFailure(
        answer.status === 429 ? "throttled" : "away",
        `Shopify gives no access token (${answer.status}${said === undefined ? "" : `, ${said}`}): check clientId and clientSecret, and that the app is installed in the shop`,
        { retryAfterMs: retryAfterMs(answer) },
      );
    }
    const { access_token: token, expires_in: seconds } = given.data;
    held = { token: notedSecret(token), until: askedAt + seconds * (1 - LAST_PART) * 1_000 };
    return token;
  };
  return {
    /** A token that is still good for a while. @throws TargetFailure */
    token: (stopping: AbortSignal): Promise<string> => {
      if (held && performance.now() < held.until) return Promise.resolve(held.token);
      asking ??= ask(stopping).finally(() => {
        asking = undefined;
      });
      return asking;
    },
    /** The shop did not accept a token. @returns whether another one can be had */
    refused: (token: string): boolean => {
      if (held?.token === token) held = undefined;
      return true;
    },
  };
}

// Who may ask: the static token of an old custom app, and tokens of the client credentials grant, which live for a day.

export interface Tokens {
  /** How many were granted. */
  readonly granted: number;
  isValid(token: string | undefined): boolean;
  /** Answers the grant: status and body. @param form the body of the request, a form or JSON */
  grant(form: string): { readonly status: number; readonly body: object };
  /** Ends all that were granted. */
  revoke(): void;
  livesSeconds: number;
}

const DAY_SECONDS = 86_399;
/** A token is good for a while longer than is said, so that one on its way is not refused. */
const GRACE_MS = 60_000;

/** @param now the shop's clock, ms */
export function openTokens(
  { accessToken, clientId, clientSecret }: { accessToken?: string; clientId?: string; clientSecret?: string },
  now: () => number,
): Tokens {
  const valid = new Map<string, number>();
  const tokens = {
    granted: 0,
    livesSeconds: DAY_SECONDS,
    isValid: (token: string | undefined) =>
      token !== undefined && (token === accessToken || (valid.get(token) ?? 0) > now()),
    grant: (form: string) => {
      const given = form.startsWith("{")
        ? (JSON.parse(form) as Record<string, string>)
        : Object.fromEntries(new URLSearchParams(form));
      const isKnown = clientId !== undefined && given.client_id === clientId && given.client_secret === clientSecret;
      if (given.grant_type !== "client_credentials" || !isKnown)
        return {
          status: 400,
          body: { error: isKnown ? "unsupported_grant_type" : "invalid_client", error_description: "Refused." },
        };
      tokens.granted += 1;
      const access_token = `shpca_${tokens.granted}_${Math.random().toString(16).slice(2)}`;
      valid.set(access_token, now() + tokens.livesSeconds * 1_000 + GRACE_MS);
      const scope = "read_locations,write_inventory,read_products";
      return { status: 200, body: { access_token, scope, expires_in: tokens.livesSeconds } };
    },
    revoke: () => valid.clear(),
  };
  return tokens;
}

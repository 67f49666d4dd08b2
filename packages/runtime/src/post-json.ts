// A message to a webhook: an address from the settings, which is often the only secret that it has.
const POST_MS_MAX = 5_000;

/**
 * Posts a document to an http or https address, with its user and password, if any, as basic authorization.
 * @param stopping ends a post under way
 * @throws Error saying why it was not taken, without the address
 */
export async function postJson(url: string, document: unknown, stopping?: AbortSignal): Promise<void> {
  const { address, authorization } = split(url);
  const late = AbortSignal.timeout(POST_MS_MAX);
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", ...(authorization !== undefined && { authorization }) },
    body: JSON.stringify(document),
    // A redirected POST becomes a GET, which tells nobody anything.
    redirect: "error",
    signal: stopping ? AbortSignal.any([stopping, late]) : late,
  }).catch((error: unknown) => {
    throw new Error(late.aborted ? `no answer within ${POST_MS_MAX} ms` : reasonOf(error));
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

/** fetch takes no user and password in an address. */
function split(url: string): { address: string; authorization?: string } {
  const address = new URL(url);
  if (address.username === "") return { address: url };
  const user = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`;
  address.username = "";
  address.password = "";
  return { address: address.href, authorization: `Basic ${Buffer.from(user).toString("base64")}` };
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: unknown; message?: unknown }; message?: unknown };
  return String(cause?.code ?? cause?.message ?? message);
}

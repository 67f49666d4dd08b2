// A deadline of our own around calls to a server: the clients wait much longer than a caller of ours can.

/** Thrown when the deadline passed first. The outcome of the call is then unknown. */
export class DeadlinePassed extends Error {
  override readonly name = "DeadlinePassed";
}

/** The promise's outcome, or DeadlinePassed after `ms`. A late failure of the promise is swallowed: nobody waits for it. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlinePassed(`${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

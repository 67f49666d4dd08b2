/** Waiting with an end: clients of a server that is away may wait for ever. */

/** The promise, or a rejection once so many milliseconds have passed. What it stands for goes on meanwhile. */
export async function withinMs<T>(deadlineMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

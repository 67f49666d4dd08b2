// Deadlines: the library's promises may never settle when a server freezes, so none is awaited without one.

/** Settles as `work` does, or rejects with what `late` makes when `deadlineMs` have passed. The work itself goes on. */
export async function withDeadline<T>(deadlineMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), deadlineMs);
  });
  // Once the deadline has won nobody awaits the work any more; its failure must not end the process.
  work.catch(() => {});
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

// What the board cannot do without, and how it says that one of them is away: beside the menu, and on the page of a refusal.

/** A server that the board needs. */
export type Away = "database" | "queue";

/** How its absence reads, and where the runbook says what to do. */
export const awayWords: Readonly<
  Record<Away, { readonly brief: string; readonly title: string; readonly runbook: string }>
> = {
  database: {
    brief: "Database not reachable",
    title: "The database is not reachable",
    runbook: "/runbook#the-database-is-down",
  },
  queue: {
    brief: "Queue not reachable",
    title: "The queue is not reachable",
    runbook: "/runbook#the-queue-is-down",
  },
};

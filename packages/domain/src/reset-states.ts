// The states of a reset and of each facility's part of it (flow 2), the moves between them, and who makes each move. This is the
// only list: packages/db refuses every move that is not in it, the database's CHECKs hold the same words, and the diagrams in
// docs/architecture.md are drawn from it.
//
// A reset begins when its file is seen (`staging`), and is `reconciling` once all rows of the file are in the database. From then
// on its state follows from its parts, so only one statement derives it (settle_reset). A part waits (`pending`), is worked
// on under its facility's lock (`reconciling`), and ends. A guard that trips leaves it `held` until a person or a newer count
// decides. What is `applied` can be reverted while no later reset was applied to the facility.

export const resetStates = [
  "staging",
  "reconciling",
  "completed",
  "completed-with-holds",
  "failed",
  "preview",
  "reverted",
] as const;
export type ResetState = (typeof resetStates)[number];

export const partStates = [
  "pending",
  "reconciling",
  "applied",
  "held",
  "rejected",
  "stale",
  "failed",
  "reverted",
] as const;
export type PartState = (typeof partStates)[number];

/** One move between two states, who makes it, and when. `new`: the row comes into being. */
export interface Move<State extends string> {
  readonly from: State | "new";
  readonly to: State;
  readonly by: "worker" | "operator" | "schedule or operator";
  readonly when: string;
}

export const resetMoves: readonly Move<ResetState>[] = [
  { from: "new", to: "staging", by: "schedule or operator", when: "a waiting file is run" },
  { from: "staging", to: "reconciling", by: "worker", when: "all rows are staged" },
  { from: "staging", to: "completed", by: "worker", when: "the file was seen before" },
  { from: "staging", to: "preview", by: "worker", when: "a previewed file was seen before" },
  { from: "staging", to: "failed", by: "worker", when: "the file is refused, gone or cannot be read" },
  { from: "reconciling", to: "staging", by: "worker", when: "a crash emptied the staged rows" },
  { from: "reconciling", to: "completed", by: "worker", when: "all parts ended, none held or failed" },
  { from: "reconciling", to: "completed-with-holds", by: "worker", when: "all parts ended, some held or failed" },
  { from: "reconciling", to: "failed", by: "worker", when: "all parts failed" },
  { from: "reconciling", to: "preview", by: "worker", when: "all parts are compared" },
  { from: "completed-with-holds", to: "completed", by: "operator", when: "the last hold is decided" },
  { from: "completed-with-holds", to: "failed", by: "operator", when: "the last hold is rejected, the rest failed" },
  { from: "completed-with-holds", to: "reverted", by: "operator", when: "nothing is applied or held any more" },
  { from: "completed", to: "reverted", by: "operator", when: "nothing is applied any more" },
];

/** What may become of one facility's part. A worker may die between noting `reconciling` and the disk: then it is `pending` again. */
export const partMoves: readonly Move<PartState>[] = [
  { from: "new", to: "pending", by: "worker", when: "the file lists the facility" },
  { from: "new", to: "failed", by: "worker", when: "none of its rows can be used" },
  { from: "pending", to: "pending", by: "worker", when: "a preview has compared it" },
  { from: "pending", to: "reconciling", by: "worker", when: "work begins" },
  { from: "pending", to: "applied", by: "worker", when: "the note of its beginning was lost" },
  { from: "pending", to: "stale", by: "worker", when: "the same" },
  { from: "pending", to: "held", by: "worker", when: "the same" },
  { from: "pending", to: "failed", by: "worker", when: "its attempts are used up" },
  { from: "reconciling", to: "applied", by: "worker", when: "the levels agree with the count" },
  { from: "reconciling", to: "stale", by: "worker", when: "all its rows are older than what is in force" },
  { from: "reconciling", to: "held", by: "worker", when: "a guard trips" },
  { from: "reconciling", to: "failed", by: "worker", when: "its attempts are used up" },
  { from: "held", to: "reconciling", by: "operator", when: "approved: it goes on in the same transaction" },
  { from: "held", to: "rejected", by: "operator", when: "rejected, or a newer reset is applied" },
  { from: "applied", to: "reverted", by: "operator", when: "undone" },
];

/** The states from which a move to `to` is allowed. */
export function statesBefore<State extends string>(moves: readonly Move<State>[], to: State): State[] {
  return moves.flatMap((move) => (move.to === to && move.from !== "new" ? [move.from] : []));
}

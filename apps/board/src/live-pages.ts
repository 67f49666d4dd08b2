// Pages that renew themselves: what handlers know of them. How they are told stands in console/frame/live.ts.

/** Hears the digest of a topic whenever it is another one. */
export type Listener = (digest: string) => void;

/** The live pages of one board. */
export interface Live {
  /** The digest of a topic as of at most a second ago. Never throws: what cannot be read has a digest of its own. */
  digest(topic: string): Promise<string>;
  /** Calls the listener at each change after `seen`, until the function returned is called. */
  listen(topic: string, seen: string, listener: Listener): () => void;
  /** Counts somebody who listens. Returns what counts them out, or undefined when too many listen, of this name or in all. */
  enter(name: string, limits: { readonly ofOneMax: number; readonly max: number }): (() => void) | undefined;
  /** Stops looking, and hangs up on all who listen. */
  stop(): void;
  /** Calls back when the board stops. Returns what takes that back. */
  onStop(hangUp: () => void): () => void;
}

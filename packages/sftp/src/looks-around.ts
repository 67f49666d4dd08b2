// The requests of an SFTP client whose answers the wrapper around it changes.

/** Attributes as ssh2 gives them: those that the server left out are not there. */
export interface Attributes {
  readonly mode?: number;
  readonly size?: number;
  /** Seconds. */
  readonly mtime?: number;
}

/** The part of an SFTP client that looking needs; ssh2's fits. */
export interface LooksAround {
  stat(path: string, done: (error: Error | undefined, found: Attributes) => void): void;
  readdir(
    path: string,
    done: (
      error: Error | undefined,
      entries: readonly { readonly filename: string; readonly longname?: string; readonly attrs: Attributes }[],
    ) => void,
  ): void;
}

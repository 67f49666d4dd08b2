// Which servers of our own a start needs, and what they answered: the two messages between the launcher and its servers process.

/** What to start; a part that is absent is somebody else's server. */
export interface ServersPlan {
  readonly dataDir: string;
  readonly postgres: boolean;
  /** Path of redis-server or valkey-server. */
  readonly redisProgram?: string;
  readonly sftp?: {
    readonly root: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
  };
}

/** What runs; sent as the ready message of the servers process. */
export interface ServersReady {
  readonly type: "ready";
  readonly postgres?: { readonly url: string; readonly pid: number };
  readonly redis?: { readonly url: string; readonly pid: number };
  readonly sftp?: { readonly url: string; readonly port: number; readonly hostKeySha256: string };
}

/** Tells the servers process which processes use its servers, so that it can wait for them when the launcher is gone. */
export interface UsersMessage {
  readonly type: "users";
  readonly pids: readonly number[];
}

/** The folder that the embedded SFTP server serves, below the data folder. */
export const sftpFolder = "sftp";

// Which servers of our own a start needs, and what they answered: the messages between the launcher and its servers process.

/** What to start; a part that is absent is a server that the settings name. */
export interface ServersPlan {
  readonly dataDir: string;
  readonly postgres: boolean;
  /** Path of redis-server or valkey-server. */
  readonly redisProgram: string | undefined;
  readonly sftp: { root: string; port: number; username: string; password: string } | undefined;
}

/** What runs; sent as the ready message of the servers process. */
export interface ServersReady {
  readonly type: "ready";
  readonly postgres?: { readonly url: string; readonly pid: number } | undefined;
  readonly redis?: { readonly url: string; readonly pid: number } | undefined;
  readonly sftp?: { readonly url: string; readonly port: number; readonly hostKeySha256: string } | undefined;
}

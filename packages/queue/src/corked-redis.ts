// A Redis connection that writes once a turn of the event loop. After a batch has committed a hundred jobs complete together;
// each of their commands would be a write of its own, which costs more than the command, and Redis would find them one by one
// and force its log to disk for each handful instead of once for all.
//
// Nothing else changes: commands keep their order, their answers and what happens to them when the connection is lost. (That is
// why this is no automatic pipeline: ioredis aborts a pipeline whose connection is lost, where single commands are sent again.)

import type { Duplex } from "node:stream";
import { Redis } from "ioredis";

type Command = Parameters<Redis["sendCommand"]>[0];
type Stream = Parameters<Redis["sendCommand"]>[1];

/** ioredis, with the commands of one turn of the event loop in one write. */
export class CorkedRedis extends Redis {
  #corked: Duplex | undefined;

  override sendCommand(command: Command, stream?: Stream): unknown {
    if (stream === undefined && this.#corked === undefined && this.status === "ready") {
      const socket = this.stream as unknown as Duplex;
      socket.cork();
      this.#corked = socket;
      setImmediate(() => {
        this.#corked = undefined;
        socket.uncork();
      });
    }
    return super.sendCommand(command, stream);
  }
}

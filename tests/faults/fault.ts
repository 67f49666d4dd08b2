// What a fault is: something that goes wrong with a real process, server, network or disk, for a while, during the traffic.
import type { Random } from "./random.ts";
import type { Backend } from "./world/servers.ts";
import type { AppName, World } from "./world/world.ts";

/** Folders on small disks of their own. */
export interface Disks {
  readonly postgres: string;
  readonly spool: string;
}

export interface FaultContext {
  readonly world: World;
  readonly random: Random;
  /** Full disks, where the machine lets us make some. */
  readonly disks: Disks | undefined;
  /** Sends one more sale of one unit until it is taken. */
  sell(sale: { readonly facilityId: string; readonly eventId: string; readonly sku: string }): Promise<void>;
  /** A line of the schedule as it really went. */
  note(what: string): void;
}

export interface Fault {
  readonly name: string;
  /** What goes wrong, for people. */
  readonly what: string;
  /** The queues that it makes sense with; all when not said. */
  readonly backend?: Backend | readonly Backend[];
  /** Settings of the apps that it needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** The apps that run from the beginning; all three, with one worker, when not said. */
  readonly apps?: readonly AppName[];
  /** The server that it stops or sets up itself: another fault that does would find it as it does not expect it. */
  readonly on?: "redis" | "postgres" | "shop";
  /** It is a fault of the network between an app and the queue's server. */
  readonly throughQueueNetwork?: true;
  /** It finds its worker by the sessions of the database, which a pooler before it hides. */
  readonly bySession?: true;
  /** What the machine must offer, beyond processes, or the run: another version that the apps begin with. */
  readonly needs?: "disk" | "older-version";
  /** How often each request is sent, at about the same time; once when not said. */
  readonly timesSent?: number;
  /** Not among the mixed ones: it takes minutes, or together with another one it breaks what nobody promises. */
  readonly alone?: true;
  /**
   * Makes it go wrong and, unless healing all is enough, right again. Resolves with how often it bit: 0 when what it aimed
   * at did not come by.
   */
  inject(context: FaultContext): Promise<number>;
}

/** The workers that run in a seed with this fault. */
export function appsOf(faults: readonly Fault[]): readonly AppName[] {
  const asked = faults.find(({ apps }) => apps !== undefined)?.apps;
  return asked ?? ["ingest", "worker-1", "board"];
}

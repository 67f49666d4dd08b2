// How a simulated shop misbehaves when it is told to, as shops behind caches, firewalls and slow machines do. A shop says what it would answer;
// whether that arrives is decided here.
import { setTimeout as sleep } from "node:timers/promises";
import { answer, type Call } from "./serve.ts";

/** What a shop answers. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/**
 * What goes wrong. "drop" takes the call and cuts the connection, "half" takes it and answers with half of the JSON, "html" takes it and answers
 * 200 with a page; "status" and "hang" take nothing; "slow" is late.
 */
interface Fault {
  readonly kind: "drop" | "half" | "html" | "status" | "hang" | "slow";
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly delayMs?: number;
  /** Of the calls of this method only. */
  readonly method?: string;
  /** So many calls; for ever where it is not said. */
  readonly times?: number;
}

const PAGE = "<!DOCTYPE html><html><body><h1>Briefly unavailable for scheduled maintenance.</h1></body></html>";

/** A shop that obeys its control `fault`, and counts its calls by method in `calls`. */
export function faultyShop(reply: (call: Call) => Reply): {
  handle(call: Call): Promise<void>;
  readonly controls: Readonly<Record<string, (body: unknown) => unknown>>;
} {
  let fault: Fault | undefined;
  let left = 0;
  let calls: string[] = [];
  const faultOf = ({ method }: Call): Fault | undefined => {
    if (fault === undefined || left <= 0 || (fault.method ?? method) !== method) return undefined;
    left -= 1;
    return fault;
  };
  return {
    handle: async (call) => {
      calls.push(`${call.method} ${call.path.split("?")[0]}`);
      const wrong = faultOf(call);
      const { response } = call;
      if (wrong?.kind === "hang") return;
      if (wrong?.kind === "status") return answer(response, wrong.status ?? 500, wrong.body ?? {}, wrong.headers);
      await sleep(wrong?.delayMs ?? 0);
      const { status, body, headers } = reply(call);
      if (wrong?.kind === "drop") response.destroy();
      else if (wrong?.kind === "html") response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
      else if (wrong?.kind === "half") {
        const text = JSON.stringify(body);
        response.writeHead(status, { "content-type": "application/json" }).end(text.slice(0, text.length / 2));
      } else answer(response, status, body, headers);
    },
    controls: {
      fault: (given) => {
        fault = (given as Fault | null) ?? undefined;
        left = fault?.times ?? Number.POSITIVE_INFINITY;
      },
      /** Its calls since it was last asked. */
      calls: () => {
        const since = calls;
        calls = [];
        return since;
      },
    },
  };
}

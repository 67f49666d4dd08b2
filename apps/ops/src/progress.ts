// Long work on standard error: a bar where somebody watches, a plain line every now and then where a script or a log does.
import { showableLines } from "@inventory-sync/domain";
import { SingleBar } from "cli-progress";
import type { Streams } from "./streams.ts";

/** How far a piece of work is. */
export interface Progress {
  /** @param all 0 while that is not known yet; @param note what else there is to say */
  at(done: number, all: number, note?: string): void;
  /** Takes the bar away. */
  end(): void;
}

const LINE_EVERY_MS = 2_000;
const BAR_WIDTH = 30;

/** Makes the progress of one piece of work. Nothing is shown before the first `at`. */
export function createProgress(label: string, streams: Pick<Streams, "error" | "terminal">): Progress {
  return streams.terminal === undefined ? lines(label, streams.error) : bar(label, streams.terminal);
}

function lines(label: string, write: (text: string) => void): Progress {
  let [said, saidAtMs] = ["", Number.NEGATIVE_INFINITY];
  return {
    at(done, all, note = "") {
      const text = [all > 0 ? `${label}: ${done} of ${all}` : label, note].filter((part) => part !== "").join("; ");
      if (text === said || performance.now() - saidAtMs < LINE_EVERY_MS) return;
      [said, saidAtMs] = [text, performance.now()];
      write(`${showableLines(text)}\n`);
    },
    end: () => undefined,
  };
}

function bar(label: string, terminal: NodeJS.WriteStream): Progress {
  const shown = new SingleBar({
    ...{ stream: terminal, format: "{label} [{bar}] {value} of {total}  {note}", barsize: BAR_WIDTH },
    ...{ barCompleteChar: "=", barIncompleteChar: " ", clearOnComplete: true, hideCursor: true, linewrap: false },
    gracefulExit: true,
  });
  let isShown = false;
  return {
    at(done, all, note = "") {
      const payload = { label, note: showableLines(note) };
      if (!isShown) shown.start(all, done, payload);
      isShown = true;
      shown.setTotal(all);
      shown.update(done, payload);
    },
    end() {
      if (isShown) shown.stop();
      isShown = false;
    },
  };
}

// The stall detector of downloads: a frozen server sends nothing and no error either.
import { Transform } from "node:stream";

/**
 * A stream that passes bytes on and destroys itself with the error of `stalled` when none has come for `stallMs`.
 * Time in which the reader takes nothing does not count: that is no fault of the sender.
 */
export function stallDetector(stallMs: number, stalled: () => Error): Transform {
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const readerIsSlow = detector.readableLength >= detector.readableHighWaterMark || detector.writableLength > 0;
      if (readerIsSlow) watch();
      else detector.destroy(stalled());
    }, stallMs);
  };
  const detector = new Transform({
    transform(chunk, _encoding, done) {
      watch();
      done(null, chunk);
    },
    flush(done) {
      clearTimeout(timer);
      done();
    },
    destroy(error, done) {
      clearTimeout(timer);
      done(error);
    },
  });
  watch();
  return detector;
}

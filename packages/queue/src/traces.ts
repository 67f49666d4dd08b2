// Traces of what goes through the queue, loaded only when the process has a tracer. BullMQ makes the spans of adding and of
// running a job. What it cannot know is made here: which request each of the jobs belongs to that are added together, and the
// commit, which many jobs share.

import {
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { BullMQOtel } from "bullmq-otel";

export type QueueTraces = ReturnType<typeof createTraces>;

const tracerName = "inventory-sync";
const TRACES_FOLLOWED_MAX = 100;

/** Makes them over the tracer that the process has registered. */
export function createTraces() {
  const tracer = trace.getTracer(tracerName);
  const spans = new WeakMap<object, Span>();
  return {
    /** For BullMQ's queue and worker objects. */
    bull: new BullMQOtel({ tracerName }),
    /** The trace that goes on here, in the form that a job carries. */
    current(): string {
      const carrier = {};
      propagation.inject(context.active(), carrier);
      return JSON.stringify(carrier);
    },
    /** The span that is active, as traceparent has it; undefined where there is none that is kept. */
    active(): string | undefined {
      const span = trace.getActiveSpan();
      if (!span?.isRecording()) return undefined;
      const { traceId, spanId } = span.spanContext();
      return `00-${traceId}-${spanId}-01`;
    },
    /** Remembers that an event is worked on in the span that is active. */
    note(event: object): void {
      const span = trace.getActiveSpan();
      if (span?.isRecording()) spans.set(event, span);
    },
    /**
     * Runs the commit of events in a span of its own. It has as many parents as the events have jobs: it stands in the trace of
     * the first, whose sampling holds for it, and is linked with each of them in both directions.
     */
    async commit<Result>(events: readonly object[], work: () => Promise<Result>): Promise<Result> {
      const jobs = new Set(events.map((event) => spans.get(event)).filter((span) => span !== undefined));
      const [first] = jobs;
      if (first === undefined) return work();
      const links = [...jobs].map((span) => ({ context: span.spanContext() }));
      const attributes = { "inventory.events": events.length, "inventory.jobs": jobs.size };
      const parent = trace.setSpan(context.active(), first);
      return tracer.startActiveSpan("commit events", { links, attributes }, parent, async (span) => {
        for (const job of jobs) job.addLink({ context: span.spanContext() });
        try {
          return await work();
        } catch (error) {
          span.recordException(error instanceof Error ? error : String(error));
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    /**
     * Runs work that many traces lead to in a span in each of them, the newest ones where there are too many, so that each goes on to it. The
     * spans are linked with the first.
     * @param from where each trace was left, as traceparent has it, none twice
     * @param work resolves with why it failed, undefined when it did not
     */
    async follow(name: string, from: readonly string[], work: () => Promise<string | undefined>): Promise<void> {
      const attributes = { "inventory.traces": from.length };
      const links: Link[] = [];
      const spans = from.slice(-TRACES_FOLLOWED_MAX).map((traceparent) => {
        const parent = propagation.extract(ROOT_CONTEXT, { traceparent });
        const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes, links: [...links] }, parent);
        if (links.length === 0) links.push({ context: span.spanContext() });
        return span;
      });
      const message = await work().catch((error: unknown) => {
        for (const span of spans) span.setStatus({ code: SpanStatusCode.ERROR }).end();
        throw error;
      });
      for (const span of spans) {
        if (message !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message });
        span.end();
      }
    },
  };
}

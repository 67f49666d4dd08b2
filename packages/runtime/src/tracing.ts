/**
 * Traces in OpenTelemetry's form, sent to OTEL_EXPORTER_OTLP_ENDPOINT over HTTP. Without that variable nothing of it is loaded.
 * The spans: each POST here, adding and running jobs by BullMQ, the commit in packages/queue.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { loadTraceSettings } from "./config.ts";
import { withinMs } from "./deadline.ts";
import type { Logger } from "./log.ts";

/** What a process that is traced offers to its parts. */
export interface Tracing {
  /** Runs the rest of a request in a span of its own, within the trace that the client has begun, if it has. */
  serve(exchange: { request: IncomingMessage; response: ServerResponse; route: string }, next: () => void): void;
  /** Sends what is left. */
  stop(): Promise<void>;
}

/** A commit shared by many jobs is linked to each of them. */
const LINKS_MAX = 1_000;
const STOP_MS_MAX = 2_000;

/** Starts tracing when OTEL_EXPORTER_OTLP_ENDPOINT is set; resolves with undefined when it is not. */
export async function startTracing(name: string, log: Logger): Promise<Tracing | undefined> {
  const settings = loadTraceSettings();
  if (settings === undefined) return undefined;
  const [api, sdk, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }, core, { resourceFromAttributes }] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/context-async-hooks"),
      import("@opentelemetry/core"),
      import("@opentelemetry/resources"),
    ]);
  const { context, propagation, trace, SpanKind, SpanStatusCode } = api;
  const tell = (message: string) => log.debug({ reason: message }, "traces could not be sent");
  const quiet = () => undefined;
  api.diag.setLogger({ error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet }, api.DiagLogLevel.WARN);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      "service.name": `inventory-sync-${name}`,
      "service.instance.id": `${process.pid}`,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(settings.share) }),
    spanLimits: { linkCountLimit: LINKS_MAX },
    // Endpoint, headers and timeout by OpenTelemetry's own variables.
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  const tracer = trace.getTracer("inventory-sync");
  log.info({ share: settings.share }, "traces are sent");
  return {
    serve({ request, response, route }, next) {
      const parent = propagation.extract(context.active(), request.headers);
      const method = request.method ?? "";
      const attributes = { "http.request.method": method, "http.route": route };
      const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
      response.once("close", () => {
        if (response.headersSent) span.setAttribute("http.response.status_code", response.statusCode);
        if (!response.writableFinished || response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      });
      context.with(trace.setSpan(parent, span), next);
    },
    stop: () => withinMs(STOP_MS_MAX, provider.shutdown()).catch((error: unknown) => tell(String(error))),
  };
}

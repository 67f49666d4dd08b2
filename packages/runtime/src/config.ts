/** First step of every process: reads the environment against a schema and reports all faults at once, in words. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { decimal, url } from "./config-values.ts";
import { ConfigError } from "./error-text.ts";
import { maskUrl, notedSecret } from "./mask.ts";

/** The variables of a process, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process. */
export function ownEnvironment(): Environment {
  return process.env;
}

/** The exit code of a process whose configuration is wrong (EX_CONFIG of sysexits.h). */
export const configErrorExitCode = 78;

const logVariables = z.object({
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  LOG_FORMAT: z.enum(["json", "pretty"]).optional(),
});

const traceVariables = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: url(["http", "https"]).optional(),
  OTEL_TRACES_SAMPLER_ARG: decimal({ min: 0, max: 1 }).default(1),
});

/** How a process logs. `format` is absent when nothing was asked for: the terminal then decides. */
export type LogSettings = { readonly level: string; readonly format: "json" | "pretty" | undefined };

/**
 * Reads the environment. An empty variable counts as not set, so that `${NAME:-}` of a compose file means "default".
 * The variables of logs and traces are checked along with every schema, since every process logs and may be traced.
 * @throws ConfigError with all faults: the variable, what it got (secrets masked) and what is allowed.
 */
export function loadConfig<T>(schema: z.ZodType<T>, env: Environment = process.env): T {
  const given = withoutEmpty(env);
  const result = schema.safeParse(given);
  const common = [logVariables, traceVariables].flatMap((each) => each.safeParse(given).error?.issues ?? []);
  const issues = [...(result.error?.issues ?? []), ...common];
  const faults = issues.flatMap((issue) => faultsOf(issue, given));
  if (faults.length > 0 || !result.success) throw new ConfigError([...new Set(faults)]);
  return result.data;
}

/** Where a secret is that does not stand in a file of settings itself: in a variable of the process, or in a file of its own. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** Reads a secret, and notes it for `withoutSecrets`; a line end after it is not part of it. @throws Error in words when it is not there */
export function readSecret(reference: SecretReference, env: Environment = process.env): string {
  if ("file" in reference) {
    const value = readFileSync(reference.file, "utf8").trim();
    if (value === "") throw new Error(`the file ${reference.file} of a secret is empty`);
    return notedSecret(value);
  }
  const value = env[reference.env];
  if (value === undefined || value === "") throw new Error(`the variable ${reference.env} of a secret is not set`);
  return notedSecret(value);
}

/** The log's settings. A wrong value reads as the default here, because `loadConfig` reports it with the other faults. */
export function loadLogSettings(env: Environment = process.env): LogSettings {
  const { LOG_LEVEL, LOG_FORMAT } = logVariables.safeParse(withoutEmpty(env)).data ?? logVariables.parse({});
  return { level: LOG_LEVEL, format: LOG_FORMAT };
}

/** The share of traces that is kept; undefined when no traces are to be sent, or by a wrong value, which `loadConfig` reports. */
export function loadTraceSettings(env: Environment = process.env): { readonly share: number } | undefined {
  const settings = traceVariables.safeParse(withoutEmpty(env)).data;
  if (settings?.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  return { share: settings.OTEL_TRACES_SAMPLER_ARG };
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ""));
}

function faultsOf(issue: z.core.$ZodIssue, env: Environment): string[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `${key} is not a setting of this process`);
  const name = issue.path.map(String).join(".");
  if (name === "") return [issue.message];
  const value = env[String(issue.path[0])];
  const got = value === undefined ? "is not set" : `is ${shown(name, value)}`;
  return [`${name} ${got}; allowed: ${allowedBy(issue)}`];
}

/** Our own value types say in their message what is allowed; zod's default messages are brought into the same form. */
function allowedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return issue.values.map(String).join(" or ");
  return issue.message.replace(/^Invalid input: expected ([^,]*), received .*$/, "a $1").replace(/^must be /, "");
}

function shown(name: string, value: string): string {
  const secret = /(PASSWORD|PASSPHRASE|SECRET|TOKEN|KEY)S?$|WEBHOOK/i.test(name);
  if (secret) return `"***" (${value.length} characters)`;
  // Where the password is in an address that cannot be read is unknown, so none of it is shown.
  const unreadable = /URLS?$/i.test(name) && !(value.includes("://") && URL.canParse(value));
  return unreadable ? `"${schemeOf(value)}***" (${value.length} characters)` : JSON.stringify(maskUrl(value));
}

function schemeOf(value: string): string {
  return /^[a-z][a-z0-9+.-]{0,20}:\/{0,2}/i.exec(value)?.[0] ?? "";
}

/**
 * What kubectl prints when something fails and how it exits.
 * Mirrors k8s.io/kubectl/pkg/cmd/util/helpers.go (checkErr, StandardErrorMessage, MultilineError).
 */
import type { Json } from "./object.ts";

interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** metav1.Status as a server answers it. */
export interface Status {
  readonly kind?: string;
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
  readonly metadata?: Json;
}

/** An error answer of the API server. */
export class ApiError extends Error {
  readonly status: Status;
  constructor(status: Status) {
    super(status.message ?? "unknown");
    this.name = "ApiError";
    this.status = status;
  }
  get reason(): string {
    return this.status.reason ?? "";
  }
  /** The same refusal with words before its message, as AddSourceToErr makes it. */
  prefixed(prefix: string): ApiError {
    return new ApiError({ ...this.status, message: `${prefix}: ${this.message}` });
  }
}

/** An error of kubectl's own: printed after "error: ". */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

/** Printed as it is, without "error: " (nothing at all where the message is empty). */
export class PlainError extends CommandError {
  constructor(message: string, exitCode = 1) {
    super(message, exitCode);
    this.name = "PlainError";
  }
}

/** Nothing could be printed in the format asked for; `output` goes to stdout all the same. */
export class PrintError extends CommandError {
  readonly output: string;
  constructor(message: string, output: string) {
    super(message);
    this.name = "PrintError";
    this.output = output;
  }
}

/** A program run in a container ended with this code (utilexec.CodeExitError). */
export class ExitCodeError extends CommandError {
  constructor(message: string, exitCode: number) {
    super(message, exitCode);
    this.name = "ExitCodeError";
  }
}

export class NoResourceMatch extends Error {
  constructor(resource: string, group = "", version = "") {
    const scope =
      group !== "" && version !== ""
        ? ` in group "${group}" and version "${version}"`
        : group !== ""
          ? ` in group "${group}"`
          : version !== ""
            ? ` in version "${version}"`
            : "";
    super(`the server doesn't have a resource type "${resource}"${scope}`);
    this.name = "NoResourceMatch";
  }
}

/** Several failures of one command, each printed on its own. */
export class Failures extends Error {
  readonly errors: readonly unknown[];
  constructor(errors: readonly unknown[]) {
    super(errors.map((error) => String((error as Error).message)).join(", "));
    this.name = "Failures";
    this.errors = errors;
  }
}

/** No answer from the server. `message` as client-go words it. */
export class UnreachableError extends Error {
  readonly host: string;
  constructor(host: string, message: string) {
    super(message);
    this.name = "UnreachableError";
    this.host = host;
  }
}

/** Throws nothing, one error, or all of them. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new Failures(errors);
}

export function isApiError(error: unknown, reason?: string): error is ApiError {
  return error instanceof ApiError && (reason === undefined || error.reason === reason);
}
export const isNotFound = (error: unknown): boolean => isApiError(error, "NotFound");

/** AddSourceToErr: which input an error is about. */
export function withSource(verb: string, source: string, error: unknown): unknown {
  if (source === "") return error;
  const prefix = `error when ${verb} "${source}"`;
  if (error instanceof ApiError) return error.prefixed(prefix);
  if (error instanceof CommandError && !(error instanceof PlainError) && !(error instanceof ExitCodeError)) {
    return new CommandError(`${prefix}: ${error.message}`, error.exitCode);
  }
  return error;
}

function standardMessage(error: unknown): string | undefined {
  if (error instanceof ApiError) {
    if (error.reason === "Unauthorized") return `error: You must be logged in to the server (${error.message})`;
    if (error.reason !== "") return `Error from server (${error.reason}): ${error.message}`;
    return `Error from server: ${error.message}`;
  }
  if (error instanceof UnreachableError) {
    return error.message.includes("connection refused")
      ? `The connection to the server ${error.host} was refused - did you specify the right host or port?`
      : `Unable to connect to the server: ${error.message}`;
  }
  return undefined;
}

function multiline(prefix: string, messages: readonly string[]): string {
  if (messages.length === 1) return `${prefix}${messages[0]}\n`;
  return `${prefix}\n${messages.map((message) => `* ${message}\n`).join("")}`;
}

function invalid(error: ApiError): string {
  const details = error.status.details;
  const named = (details?.kind ?? "") !== "" || (details?.name ?? "") !== "";
  if (!named && (details?.causes ?? []).length === 0) {
    return `The request is invalid: ${error.message}`;
  }
  const subject = named ? `The ${details?.kind ?? ""} "${details?.name ?? ""}" is invalid` : "The request is invalid";
  const causes = [...new Set((details?.causes ?? []).map((cause) => `${cause.field ?? ""}: ${cause.message ?? ""}`))];
  return causes.length === 0 ? subject : multiline(`${subject}: `, causes);
}

/** Before what is wrong with a kubeconfig. */
const CONFIGURATION = "Error in configuration: ";

/** What goes to stderr for an error, and the exit code. */
export function report(error: unknown): { readonly text: string; readonly exitCode: number } {
  const line = (text: string, exitCode = 1) => ({
    text: text === "" || text.endsWith("\n") ? text : `${text}\n`,
    exitCode,
  });
  if (error instanceof PlainError) return line(error.message, error.exitCode);
  if (isApiError(error, "Invalid")) return line(invalid(error));
  if (error instanceof Failures) {
    // A nested Failures counts as its parts.
    const flat = error.errors.flatMap((one) => (one instanceof Failures ? one.errors : [one]));
    const messages = flat.map((one) => (one as Error).message.replace(CONFIGURATION, ""));
    if (messages.some((message) => message.includes("context was not found for specified context")))
      return line(multiline(CONFIGURATION, messages));
    return line(flat.map((one) => `${standardMessage(one) ?? (one as Error).message}\n`).join(""));
  }
  if (error instanceof ExitCodeError) return line(error.message, error.exitCode);
  if (error instanceof NoResourceMatch) return line(`error: ${error.message}`);
  const standard = standardMessage(error);
  if (standard !== undefined) return line(standard);
  const message = error instanceof Error ? error.message : String(error);
  const exitCode = error instanceof CommandError ? error.exitCode : 1;
  return line(message.startsWith("error: ") ? message : `error: ${message}`, exitCode);
}

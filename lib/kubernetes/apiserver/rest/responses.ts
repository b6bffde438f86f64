/** Answers: status objects, documents, warnings. */
import { stringify } from "yaml";
import type { Status, StatusError } from "../../machinery/status.ts";
import type { ApiResponse } from "../http.ts";
import type { Format } from "./negotiation.ts";

/** A Warning header's value: 299 - "text". Several are comma-separated (RFC 9110). */
function warningHeader(warnings: readonly string[]): string {
  return [...new Set(warnings)]
    .map((text) => `299 - "${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", " ")}"`)
    .join(", ");
}

export function jsonText(status: number, text: string, warnings: readonly string[] = []): ApiResponse {
  return {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-cache, private",
      ...(warnings.length === 0 ? {} : { warning: warningHeader(warnings) }),
    },
    body: text,
  };
}

/** A document in the format the client asked for. */
export function encoded(status: number, text: string, format: Format, warnings: readonly string[] = []): ApiResponse {
  const answer = jsonText(status, text, warnings);
  if (format.mediaType === "application/yaml")
    return {
      ...answer,
      headers: { ...answer.headers, "content-type": "application/yaml" },
      body: goYaml(JSON.parse(text)),
    };
  if (format.pretty) return { ...answer, body: `${JSON.stringify(JSON.parse(text), undefined, 2)}\n` };
  return answer;
}

/** Go's yaml sorts keys, quotes what YAML 1.1 would read as something else, and never folds. */
function goYaml(value: unknown): string {
  const text = stringify(value, {
    version: "1.1",
    sortMapEntries: true,
    lineWidth: 0,
    indentSeq: false,
    defaultStringType: "PLAIN",
    defaultKeyType: "PLAIN",
  });
  // A lone dot is a number to this library and a key of managedFields to everybody else.
  return text.replace(/^( *(?:- )*)"\.": /gm, "$1.: ");
}

export function statusResponse(error: StatusError, warnings: readonly string[] = []): ApiResponse {
  const { status } = error;
  const answer = jsonText(status.code, `${JSON.stringify(status)}\n`, warnings);
  const retry = status.details?.retryAfterSeconds;
  return retry === undefined ? answer : { ...answer, headers: { ...answer.headers, "retry-after": String(retry) } };
}

export function successStatus(details: NonNullable<Status["details"]> | undefined, code: number): Status | object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    ...(details === undefined ? {} : { details }),
    ...(code === 200 ? {} : { code }),
  };
}

export function plainText(status: number, text: string): ApiResponse {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
    body: text,
  };
}

export const pageNotFound = (): ApiResponse => plainText(404, "404 page not found\n");

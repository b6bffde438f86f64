/** Answers: status objects, documents, warnings. */
import { type Clock, inTurnOfItsOwn } from "../../../clock/index.ts";
import { toYaml, yamlSteps } from "../../../encoding/index.ts";
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

/** Longer documents are written as YAML in pieces, letters of JSON. */
const LONG = 32 * 1024;
/** Letters of YAML, or as much work as that, between two turns of others. */
const PIECE = 64 * 1024;

/** A document in the format the client asked for. With a `clock` that follows real time, long ones are written in pieces. */
export function encoded(
  status: number,
  text: string,
  format: Format,
  warnings: readonly string[] = [],
  clock?: Clock,
): ApiResponse {
  const answer = jsonText(status, text, warnings);
  if (format.mediaType === "application/yaml") {
    const inPieces = text.length > LONG && clock !== undefined && clock.speed !== Number.POSITIVE_INFINITY;
    return {
      ...answer,
      headers: { ...answer.headers, "content-type": "application/yaml" },
      body: inPieces ? yamlInPieces(text) : toYaml(JSON.parse(text)),
    };
  }
  if (format.pretty) return { ...answer, body: `${JSON.stringify(JSON.parse(text), undefined, 2)}\n` };
  return answer;
}

async function* yamlInPieces(text: string): AsyncGenerator<string> {
  const turn = () => new Promise<void>((resolve) => inTurnOfItsOwn(resolve));
  await turn();
  const value: unknown = JSON.parse(text);
  await turn();
  const steps = yamlSteps(value);
  let written = 0;
  for (;;) {
    const step = steps.next();
    if (step.done === true) {
      yield step.value;
      return;
    }
    written += step.value;
    if (written < PIECE) continue;
    written = 0;
    await turn();
  }
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

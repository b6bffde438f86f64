/** Lists: versions, paging, and answers put together from each object's kept JSON. */

import { concatBytes, decodeBase64Url, encodeBase64Url } from "../../../encoding/index.ts";
import { clone } from "../../machinery/clone.ts";
import { invalid } from "../../machinery/invalid.ts";
import { badRequest, StatusError } from "../../machinery/status.ts";
import type { KubernetesObject, ListMeta } from "../../machinery/types.ts";
import { compactedUntil, type Store } from "../../store/store.ts";
import type { Served } from "../definitions.ts";
import { parseInteger } from "./options.ts";
import type { Selection } from "./selection.ts";

interface ListResult {
  readonly objects: readonly KubernetesObject[];
  readonly metadata: ListMeta;
}

interface ContinueToken {
  readonly v: string;
  readonly rv: number;
  readonly start: string;
}

const TOKEN_VERSION = "meta.k8s.io/v1";

function encodeToken(token: ContinueToken): string {
  // Go escapes the NUL that ends the key the list stopped at.
  return encodeBase64Url(JSON.stringify(token));
}

function decodeToken(text: string): ContinueToken {
  let token: ContinueToken;
  try {
    token = JSON.parse(new TextDecoder().decode(decodeBase64Url(text))) as ContinueToken;
  } catch {
    throw badRequest("continue key is not valid: invalid character in continue token");
  }
  if (token.v !== TOKEN_VERSION || typeof token.start !== "string")
    throw badRequest("continue key is not valid: server does not recognize this encoded version");
  return token;
}

export function tooLargeResourceVersion(requested: number, current: number): StatusError {
  return new StatusError(504, "Timeout", `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

function expired(message: string): StatusError {
  return new StatusError(410, "Expired", message);
}

const TOO_OLD = "The resourceVersion for the provided list is too old.";
const INCONSISTENT =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/** The refusal of a page whose version is gone, with a token for what is left as it is now (etcd3/errors.go). */
function expiredPage(start: string): StatusError {
  const error = expired(INCONSISTENT);
  error.status.metadata["continue"] = encodeToken({ v: TOKEN_VERSION, rv: -1, start });
  return error;
}

/** 0 where none is asked for. Throws the 500 upstream answers a malformed one with. */
export function parseResourceVersion(text: string | null): number {
  if (text === null || text === "") return 0;
  if (!/^\d+$/.test(text))
    throw new StatusError(
      500,
      "",
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

export function listObjects(
  store: Store,
  served: Served,
  namespace: string | undefined,
  query: URLSearchParams,
  selection: Selection | undefined,
  now: number,
): ListResult {
  const requested = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const continueText = query.get("continue") ?? "";
  const limit = parseInteger(query, "limit") ?? 0;
  // A list ends before any timeout.
  parseInteger(query, "timeoutSeconds");
  checkMatch(match, requested, continueText, query);
  if (query.has("sendInitialEvents"))
    throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", [
      {
        type: "FieldValueForbidden",
        field: "sendInitialEvents",
        detail: "sendInitialEvents is forbidden for list",
      },
    ]);

  let version = store.resourceVersion;
  let start = "";
  if (continueText !== "") {
    if (requested !== "" && requested !== "0")
      throw badRequest("specifying resource version is not allowed when using continue");
    const token = decodeToken(continueText);
    start = token.start;
    if (token.rv > 0) version = token.rv;
  } else {
    const asked = parseResourceVersion(requested);
    if (asked > store.resourceVersion) throw tooLargeResourceVersion(asked, store.resourceVersion);
    if (match === "Exact" || (asked > 0 && limit > 0 && match === "")) version = asked;
  }

  const past = objectsAt(store, served.key, namespace, version, now);
  if (past === undefined) throw start === "" ? expired(TOO_OLD) : expiredPage(start);
  let objects = past;
  const prefix = served.definition.namespaced && namespace === undefined;
  const keyOf = (object: KubernetesObject) =>
    prefix ? `${object.metadata.namespace}/${object.metadata.name}` : (object.metadata.name ?? "");
  if (start !== "") {
    const from = start.replace(/\0$/, "");
    const inclusive = from === start;
    objects = objects.filter((object) => (inclusive ? keyOf(object) >= from : keyOf(object) > from));
  }
  if (selection !== undefined) objects = objects.filter(selection);
  const metadata: ListMeta = { resourceVersion: String(version) };
  if (limit > 0 && objects.length > limit) {
    const page = objects.slice(0, limit);
    const last = page[page.length - 1];
    if (last !== undefined)
      metadata.continue = encodeToken({ v: TOKEN_VERSION, rv: version, start: `${keyOf(last)}\0` });
    // With a selector upstream cannot know how many remain without reading them all.
    if (selection === undefined) metadata.remainingItemCount = objects.length - limit;
    objects = page;
  }
  return { objects, metadata };
}

function checkMatch(match: string, requested: string, continueText: string, query: URLSearchParams): void {
  if (match === "" || query.get("sendInitialEvents") !== null) return;
  const refuse = (detail: string) =>
    invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", [
      { type: "FieldValueForbidden", field: "resourceVersionMatch", detail },
    ]);
  if (requested === "") throw refuse("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (continueText !== "") throw refuse("resourceVersionMatch is forbidden when continue is provided");
  if (match !== "Exact" && match !== "NotOlderThan")
    throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", [
      {
        type: "FieldValueNotSupported",
        field: "resourceVersionMatch",
        value: match,
        detail: 'supported values: "Exact", "NotOlderThan", ""',
      },
    ]);
  if (match === "Exact" && requested === "0")
    throw refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
}

/** The objects as they were at `version`: today's with later changes taken back. undefined: that is too long ago. */
function objectsAt(
  store: Store,
  key: string,
  namespace: string | undefined,
  version: number,
  now: number,
): KubernetesObject[] | undefined {
  const current = store.list(key, namespace);
  if (version === store.resourceVersion) return [...current];
  const changes = version < store.versionAt(compactedUntil(now)) ? undefined : store.since(version, key);
  if (changes === undefined) return undefined;
  if (changes.length === 0) return [...current];
  const table = new Map(
    current.map((object) => [`${object.metadata.namespace ?? ""}/${object.metadata.name}`, object]),
  );
  for (const change of changes.reverse()) {
    const { metadata } = change.object;
    if (namespace !== undefined && metadata.namespace !== namespace) continue;
    const id = `${metadata.namespace ?? ""}/${metadata.name}`;
    if (change.previous === undefined) table.delete(id);
    else table.set(id, change.previous);
  }
  return [...table.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

/** Items of whole lists that were asked for lately, as JSON. Whoever needs the memory gets it. */
export class ListCache {
  readonly #kept = new Map<string, { readonly version: number; readonly items: WeakRef<Uint8Array> }>();

  /** The items of an unfiltered list, from last time where nothing has changed since. */
  items(store: Store, served: Served, namespace: string | undefined, objects: readonly KubernetesObject[]): Uint8Array {
    const key = `${served.apiVersion}/${served.definition.plural}/${namespace ?? ""}`;
    const version = store.version(served.key);
    const kept = this.#kept.get(key);
    const known = kept?.version === version ? kept.items.deref() : undefined;
    if (known !== undefined) return known;
    const made = encoder.encode(itemsJson(store, served, objects));
    this.#kept.set(key, { version, items: new WeakRef(made) });
    return made;
  }
}

const encoder = new TextEncoder();

function itemsJson(store: Store, served: Served, objects: readonly KubernetesObject[]): string {
  const { definition, apiVersion, conversion } = served;
  // Items of built-in lists do not repeat kind and apiVersion; those of custom resources do.
  const prefix = served.custom === undefined ? `{"kind":"${definition.kind}","apiVersion":"${apiVersion}",` : "";
  const items: string[] = [];
  for (const object of objects) {
    const text = conversion === undefined ? store.json(object) : JSON.stringify(conversion.fromStorage(clone(object)));
    items.push(prefix !== "" && text.startsWith(prefix) ? `{${text.slice(prefix.length)}` : text);
  }
  return items.join(",");
}

const listHead = (served: Served, metadata: ListMeta) =>
  `{"kind":"${listKind(served)}","apiVersion":"${served.apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`;

/** `{"kind":"PodList",...,"items":[...]}` without serialising an object again. */
export function listJson(store: Store, served: Served, result: ListResult): string {
  return `${listHead(served, result.metadata)}${itemsJson(store, served, result.objects)}]}`;
}

/** The same as bytes, around items that are known already. */
export function listBytes(served: Served, metadata: ListMeta, items: Uint8Array): Uint8Array {
  return concatBytes([encoder.encode(listHead(served, metadata)), items, encoder.encode("]}")]);
}

/** Nothing in the query narrows the list or asks for another time's. */
export const isWholeList = (query: URLSearchParams): boolean =>
  !["labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch"].some((name) =>
    query.get(name),
  );

export const listKind = (served: Served): string => served.definition.listKind ?? `${served.definition.kind}List`;

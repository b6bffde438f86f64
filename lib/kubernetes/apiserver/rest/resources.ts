/** Requests for resources: every verb, over the registry (apiserver endpoints/handlers). */
import type { Clock } from "../../../clock/index.ts";
import type { Subresource } from "../../api/definition.ts";
import { customResourceDefinitions } from "../../api/resources.ts";
import type { CustomResourceDefinition } from "../../api/types.ts";
import { clone } from "../../machinery/clone.ts";
import { isLarge, isLargeBody } from "../../machinery/size.ts";
import { badRequest, StatusError } from "../../machinery/status.ts";
import { atOnce, inTurns, type Steps } from "../../machinery/steps.ts";
import type { KubernetesObject, UserInfo } from "../../machinery/types.ts";
import type { Store } from "../../store/store.ts";
import type { ServerSideApply } from "../apply.ts";
import type { Definitions, Served } from "../definitions.ts";
import { JOB_WARNING } from "../deletion.ts";
import type { ApiRequest, ApiResponse } from "../http.ts";
import type { Deletion, Registry } from "../registry.ts";
import type { WriteContext } from "../request.ts";
import { checkSize, decodeBody, toObject } from "./decode.ts";
import { isWholeList, ListCache, listBytes, listJson, listKind, listObjects } from "./list.ts";
import { type Format, negotiate } from "./negotiation.ts";
import { deleteOptions, type WriteQuery, writeQuery } from "./options.ts";
import { APPLY_PATCH, applyPatch, patchType } from "./patch.ts";
import type { ResourceRequest, Verb } from "./request-info.ts";
import { encoded, jsonText, successStatus } from "./responses.ts";
import { selectionOf } from "./selection.ts";
import { parseIncludeObject, partialMetadata, tableOf } from "./table.ts";
import { type Closing, watchFrames } from "./watch.ts";

/** Kinds whose deletion is answered with the object instead of a Status (registry stores with ReturnDeletedObject). */
const RETURN_DELETED = new Set([
  "pods",
  "persistentvolumes",
  "persistentvolumeclaims",
  "podtemplates",
  "resourcequotas",
  "serviceaccounts",
  "services",
  "storageclasses.storage.k8s.io",
  "volumeattachments.storage.k8s.io",
  "csinodes.storage.k8s.io",
  "csidrivers.storage.k8s.io",
]);

interface ResourceHandlerOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly definitions: Definitions;
  readonly registry: Registry;
  readonly apply: ServerSideApply;
  readonly closing: Closing;
}

/** One request for one resource, authorized. */
export interface ResourceCall {
  readonly request: ApiRequest;
  readonly info: ResourceRequest;
  readonly served: Served;
  readonly verb: Verb;
  readonly user: UserInfo;
  readonly warnings: string[];
}

export class ResourceHandler {
  readonly #options: ResourceHandlerOptions;
  readonly #lists = new ListCache();

  constructor(options: ResourceHandlerOptions) {
    this.#options = options;
  }

  /** The resource itself and its status. */
  handle(call: ResourceCall): ApiResponse | Promise<ApiResponse> {
    const format = negotiate(call.request.headers["accept"], call.request.query, call.request.headers["user-agent"]);
    const { deprecation } = call.served.definition;
    if (deprecation !== undefined) call.warnings.push(deprecation);
    switch (call.verb) {
      case "get":
        return this.#get(call, format);
      case "list":
        return this.#list(call, format);
      case "watch":
        return this.#watch(call, format);
      case "create":
        return this.#run(call, this.#create(call, format));
      case "update":
        return this.#run(call, this.#update(call, format));
      case "patch":
        return this.#run(call, this.#patch(call, format));
      case "delete":
        return this.#run(call, this.#delete(call, format));
      case "deletecollection":
        return this.#deleteCollection(call, format);
    }
  }

  /** Others run between the steps of what is large. */
  #run(call: ResourceCall, steps: Steps<ApiResponse>): ApiResponse | Promise<ApiResponse> {
    return this.#isLarge(call) ? inTurns(steps, this.#options.clock) : atOnce(steps);
  }

  #isLarge({ request, served, info }: ResourceCall): boolean {
    if (isLargeBody(request.body)) return true;
    if (info.name === undefined) return false;
    const { definitions, registry } = this.#options;
    const stored = registry.find(definitions.writtenAs(served), info.namespace, info.name);
    return stored !== undefined && isLarge(stored);
  }

  /** One object as the answer to a request. */
  respond(call: ResourceCall, code: number, object: KubernetesObject, format: Format): ApiResponse {
    const { served, warnings } = call;
    const shown = served.conversion === undefined ? object : served.conversion.fromStorage(clone(object));
    if (format.shape === "table") {
      const include = parseIncludeObject(call.request.query.get("includeObject"));
      const metadata = { resourceVersion: object.metadata.resourceVersion ?? "" };
      const table = tableOf(served, [shown], metadata, {
        now: this.#options.clock.now(),
        include,
        metaVersion: format.metaVersion,
      });
      return encoded(code, JSON.stringify(table), format, warnings);
    }
    if (format.shape === "metadata")
      return encoded(code, JSON.stringify(partialMetadata(object, format.metaVersion)), format, warnings);
    const text = Object.isFrozen(object) && shown === object ? this.#options.store.json(object) : JSON.stringify(shown);
    return encoded(code, text, format, warnings, this.#options.clock);
  }

  #get(call: ResourceCall, format: Format): ApiResponse {
    const { served, info } = call;
    return this.respond(call, 200, this.#options.registry.get(served, info.namespace, info.name ?? ""), format);
  }

  #list(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, request } = call;
    const { store, clock } = this.#options;
    const namespace = served.definition.namespaced ? info.namespace : undefined;
    const selection = selectionOf(served, request.query);
    const result = listObjects(store, served, namespace, request.query, selection, clock.now());
    if (format.shape === "table") {
      const { conversion } = served;
      const objects =
        conversion === undefined ? result.objects : result.objects.map((item) => conversion.fromStorage(clone(item)));
      const table = tableOf(served, objects, result.metadata, {
        now: clock.now(),
        include: parseIncludeObject(request.query.get("includeObject")),
        metaVersion: format.metaVersion,
      });
      return encoded(200, JSON.stringify(table), format, call.warnings);
    }
    if (format.shape === "metadata")
      return encoded(
        200,
        JSON.stringify({
          kind: "PartialObjectMetadataList",
          apiVersion: `meta.k8s.io/${format.metaVersion}`,
          metadata: result.metadata,
          items: result.objects.map((object) => partialMetadata(object, format.metaVersion)),
        }),
        format,
        call.warnings,
      );
    if (format.mediaType === "application/json" && !format.pretty && isWholeList(request.query)) {
      const items = this.#lists.items(store, served, namespace, result.objects);
      return { ...jsonText(200, "", call.warnings), body: listBytes(served, result.metadata, items) };
    }
    return encoded(200, listJson(store, served, result), format, call.warnings, clock);
  }

  #watch(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, request } = call;
    const query = new URLSearchParams(request.query);
    // Watching one object is watching with its name as a field selector.
    if (info.name !== undefined) query.append("fieldSelector", `metadata.name=${info.name}`);
    const frames = watchFrames(
      this.#options.store,
      this.#options.clock,
      {
        served,
        namespace: served.definition.namespaced ? info.namespace : undefined,
        query,
        selection: selectionOf(served, query),
        format,
        signal: request.signal,
      },
      this.#options.closing,
    );
    const answer = jsonText(200, "", call.warnings);
    return { ...answer, body: frames };
  }

  *#create(call: ResourceCall, format: Format): Steps<ApiResponse> {
    const { served, info } = call;
    const query = writeQuery("CreateOptions", call.request.query, false);
    const object = yield* this.#body(call, query);
    if (info.name !== undefined) throw methodNotAllowed();
    if (served.custom !== undefined) this.#refuseWhileTerminating(served);
    yield;
    const created = yield* this.#options.registry.creating(
      this.#options.definitions.writtenAs(served),
      info.namespace,
      toStorage(served, object),
      contextOf(call, query),
    );
    yield;
    return this.respond(call, 201, created, format);
  }

  /** Nothing is created of a kind that is about to go (customresource_handler.go). */
  #refuseWhileTerminating({ definition: { plural, group } }: Served): void {
    const crd = this.#options.store.get(customResourceDefinitions.key, undefined, `${plural}.${group}`) as
      | CustomResourceDefinition
      | undefined;
    if (crd?.status?.conditions?.some(({ type, status }) => type === "Terminating" && status === "True") !== true)
      return;
    const message = "create not allowed while custom resource definition is terminating";
    throw new StatusError(405, "MethodNotAllowed", message, { group, kind: plural });
  }

  *#update(call: ResourceCall, format: Format): Steps<ApiResponse> {
    const { served, info } = call;
    const query = writeQuery("UpdateOptions", call.request.query, false);
    let object: KubernetesObject | undefined = yield* this.#body(call, query);
    const name = info.name ?? "";
    checkName(object, name, served.definition.namespaced ? info.namespace : undefined);
    const { registry } = this.#options;
    const written = this.#options.definitions.writtenAs(served);
    const context = contextOf(call, query);
    const creates = served.definition.createOnUpdate === true && info.subresource === undefined;
    if (creates && registry.find(written, info.namespace, name) === undefined) {
      delete object.metadata.resourceVersion;
      yield;
      const created = yield* registry.creating(written, info.namespace, toStorage(served, object), context);
      return this.respond(call, 201, created, format);
    }
    yield;
    const again = () => this.#body(call, query);
    const updated = yield* registry.updating(
      written,
      info.namespace,
      name,
      function* () {
        // The registry keeps what it is given: where it asks once more, the body is read once more.
        const given = object ?? (yield* again());
        object = undefined;
        if (given.metadata.name === undefined) given.metadata.name = name;
        return toStorage(served, given);
      },
      context,
      subresourceOption(info),
    );
    yield;
    return this.respond(call, 200, updated, format);
  }

  *#patch(call: ResourceCall, format: Format): Steps<ApiResponse> {
    const { served, info, request } = call;
    const type = patchType(served, request.headers["content-type"]);
    const query = writeQuery("PatchOptions", request.query, type === APPLY_PATCH);
    checkSize(request.body);
    const body = new TextDecoder().decode(request.body ?? new Uint8Array());
    const name = info.name ?? "";
    const context = contextOf(call, query);
    if (type === APPLY_PATCH) {
      const result = yield* this.#options.apply.apply(served, info.namespace, name, body, {
        context,
        force: query.force === true,
        validation: query.fieldValidation,
        ...subresourceOption(info),
      });
      yield;
      return this.respond(call, result.created ? 201 : 200, result.object, format);
    }
    const { definitions, registry } = this.#options;
    const updated = yield* registry.updating(
      definitions.writtenAs(served),
      info.namespace,
      name,
      function* (old) {
        const shown = served.conversion === undefined ? old : served.conversion.fromStorage(clone(old));
        const patch = { type, body, validation: query.fieldValidation, warnings: call.warnings };
        const patched = yield* applyPatch(definitions, served, shown, patch);
        checkPatchedName(patched, shown);
        return toStorage(served, patched);
      },
      context,
      subresourceOption(info),
    );
    yield;
    return this.respond(call, 200, updated, format);
  }

  *#delete(call: ResourceCall, format: Format): Steps<ApiResponse> {
    const { served, info } = call;
    const options = this.#deleteOptions(call);
    const deletion = this.#options.registry.delete(
      served,
      info.namespace,
      info.name ?? "",
      options,
      contextOf(call, { dryRun: options.dryRun ?? false }),
    );
    yield;
    return this.#deleted(call, deletion, format);
  }

  #deleteOptions(call: ResourceCall) {
    const { request, served } = call;
    checkSize(request.body);
    const body =
      request.body === undefined || request.body.length === 0
        ? undefined
        : decodeBody(request.body, request.headers["content-type"]).value;
    const options = deleteOptions(body, request.query);
    if (
      served.key === "jobs.batch" &&
      options.propagationPolicy === undefined &&
      options.orphanDependents === undefined
    )
      call.warnings.push(JOB_WARNING);
    return options;
  }

  #deleted(call: ResourceCall, { object, gone }: Deletion, format: Format): ApiResponse {
    const { served } = call;
    if (!gone || RETURN_DELETED.has(served.key)) return this.respond(call, 200, object, format);
    const { group, plural } = served.definition;
    const details = {
      name: object.metadata.name ?? "",
      ...(group === "" ? {} : { group }),
      kind: plural,
      uid: object.metadata.uid ?? "",
    };
    return encoded(200, JSON.stringify(successStatus(details, 200)), format, call.warnings);
  }

  #deleteCollection(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, request } = call;
    const { clock, store, registry } = this.#options;
    const options = this.#deleteOptions(call);
    const namespace = served.definition.namespaced ? info.namespace : undefined;
    const selection = selectionOf(served, request.query);
    const found = listObjects(store, served, namespace, request.query, selection, clock.now());
    const context = contextOf(call, { dryRun: options.dryRun ?? false });
    const { preconditions: _none, ...each } = options;
    for (const object of found.objects) {
      try {
        registry.delete(served, object.metadata.namespace, object.metadata.name ?? "", each, context);
      } catch (error) {
        if (!(error instanceof StatusError) || error.code !== 404) throw error;
      }
    }
    const metadata = { ...found.metadata, resourceVersion: String(store.resourceVersion) };
    if (format.shape !== "object")
      return encoded(
        200,
        JSON.stringify({ kind: listKind(served), apiVersion: served.apiVersion, metadata, items: [] }),
        format,
      );
    return encoded(200, listJson(store, served, { objects: found.objects, metadata }), format, call.warnings);
  }

  *#body(call: ResourceCall, query: WriteQuery): Steps<KubernetesObject> {
    const { request, served, warnings } = call;
    checkSize(request.body);
    const decoded = decodeBody(request.body, request.headers["content-type"]);
    yield;
    return toObject(this.#options.definitions, served, decoded, query.fieldValidation, warnings);
  }
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

const toStorage = (served: Served, object: KubernetesObject) =>
  served.conversion === undefined ? object : served.conversion.toStorage(object);

const subresourceOption = (info: ResourceRequest): { readonly subresource?: Subresource } =>
  info.subresource === undefined ? {} : { subresource: info.subresource as Subresource };

function checkName(object: KubernetesObject, name: string, namespace?: string): void {
  const given = object.metadata.name ?? "";
  if (given === "") object.metadata.name = name;
  else if (given !== name)
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  const within = object.metadata.namespace ?? "";
  if (namespace !== undefined && within !== "" && within !== namespace)
    throw badRequest(
      `the namespace of the object (${within}) does not match the namespace on the request (${namespace})`,
    );
}

function checkPatchedName(patched: KubernetesObject, old: KubernetesObject): void {
  patched.metadata ??= {};
  patched.metadata.name ??= old.metadata.name ?? "";
  if (patched.metadata.namespace === undefined && old.metadata.namespace !== undefined)
    patched.metadata.namespace = old.metadata.namespace;
  checkName(patched, old.metadata.name ?? "");
}

/** Field manager: as asked for, else the client's name out of its User-Agent (managerOrUserAgent). */
export function contextOf(
  call: ResourceCall,
  query: { readonly dryRun: boolean; readonly fieldManager?: string | undefined },
): WriteContext {
  const agent = (call.request.headers["user-agent"] ?? "").split("/")[0]?.slice(0, 128) ?? "";
  return {
    user: call.user,
    fieldManager: query.fieldManager ?? (agent || "unknown"),
    dryRun: query.dryRun,
    warnings: call.warnings,
  };
}

/** A missing resource type inside a served group and version. */
export const noSuchResource = (): StatusError =>
  new StatusError(404, "NotFound", "the server could not find the requested resource", {});

/** Subresources other than status: scale, log, eviction, binding, finalize, token, ephemeralcontainers, resize. */

import { parseDocument } from "yaml";
import type { Clock } from "../../../clock/index.ts";
import type { Subresource } from "../../api/definition.ts";
import { internalDiff } from "../../api/internal/show.ts";
import { MIRROR } from "../../api/pods/validate.ts";
import type { Pod, ServiceAccount } from "../../api/types.ts";
import { type LogOptions, type NodeAccess, NodeUnreachable } from "../../kubelet/types.ts";
import { clone, deepEqual } from "../../machinery/clone.ts";
import { invalid } from "../../machinery/invalid.ts";
import { badRequest, conflict, type FieldError, notFound, StatusError } from "../../machinery/status.ts";
import { atOnce } from "../../machinery/steps.ts";
import { rfc3339 } from "../../machinery/time.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import type { Store } from "../../store/store.ts";
import type { ServerSideApply } from "../apply.ts";
import type { Authenticator } from "../authentication.ts";
import type { Definitions, Served } from "../definitions.ts";
import type { ApiResponse } from "../http.ts";
import type { Registry } from "../registry.ts";
import type { WriteContext } from "../request.ts";
import type { BindingRequest, PodOperations } from "../subresources/pods.ts";
import { containerOf } from "./container.ts";
import { checkSize, decodeBody } from "./decode.ts";
import { type Format, negotiate } from "./negotiation.ts";
import { deleteOptions, parseBoolean, parseInteger, writeQuery } from "./options.ts";
import { APPLY_PATCH, applyPatch, patchType } from "./patch.ts";
import { ProxyHandler } from "./proxy.ts";
import { contextOf, methodNotAllowed, type ResourceCall, type ResourceHandler } from "./resources.ts";
import { encoded, plainText, successStatus } from "./responses.ts";
import { type Scalable, scaleOf, withReplicas } from "./scale.ts";
import { unreachableLogs } from "./unreachable-logs.ts";

const goKind = ({ apiVersion = "v1", kind = "" }: { readonly apiVersion?: string; readonly kind?: string }) =>
  `${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;

const UPGRADE_REQUIRED = "Upgrade request required";
const DEFAULT_TOKEN_SECONDS = 3600;
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

interface SubresourceOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly definitions: Definitions;
  readonly registry: Registry;
  readonly apply: ServerSideApply;
  readonly resources: ResourceHandler;
  readonly pods: PodOperations;
  readonly authenticator: Authenticator;
  readonly nodeAccess: NodeAccess | undefined;
}

export class SubresourceHandler {
  readonly #options: SubresourceOptions;
  readonly #proxy: ProxyHandler;

  constructor(options: SubresourceOptions) {
    this.#options = options;
    this.#proxy = new ProxyHandler(options);
  }

  handle(call: ResourceCall): ApiResponse | Promise<ApiResponse> {
    const format = negotiate(call.request.headers["accept"], call.request.query, call.request.headers["user-agent"]);
    switch (call.info.subresource) {
      case "scale":
        return this.#scale(call, format);
      case "log":
        return this.#log(call);
      case "eviction":
        return this.#eviction(call, format);
      case "binding":
        return this.#binding(call, format);
      case "finalize":
        return this.#finalize(call, format);
      case "token":
        return this.#token(call, format);
      case "ephemeralcontainers":
        return this.#podPart(call, format);
      case "proxy":
        return this.#proxy.handle(call);
      case "exec":
      case "attach":
      case "portforward":
        throw this.#upgradeRequired(call);
      default:
        throw new StatusError(
          501,
          "NotImplemented",
          `the ${call.info.subresource} subresource of ${call.info.resource} is not implemented by this server`,
        );
    }
  }

  /** Streams need an upgraded connection; what else is wrong with the request is said first. */
  #upgradeRequired(call: ResourceCall): StatusError {
    const { served, info, request } = call;
    const pod = this.#options.registry.get(served, info.namespace, info.name ?? "") as Pod;
    if (info.subresource !== "portforward") containerOf(pod, request.query.get("container") ?? "");
    if (!pod.spec?.nodeName) return badRequest(`pod ${info.name} does not have a host assigned`);
    return badRequest(UPGRADE_REQUIRED);
  }

  #body(call: ResourceCall, kind: string): Record<string, unknown> {
    checkSize(call.request.body);
    const { value } = decodeBody(call.request.body, call.request.headers["content-type"]);
    if (typeof value["kind"] === "string" && value["kind"] !== kind)
      throw badRequest(`${value["kind"]} in version "${String(value["apiVersion"])}" cannot be handled as a ${kind}`);
    return value;
  }

  #scale(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, verb, request } = call;
    const name = info.name ?? "";
    const { registry } = this.#options;
    const current = registry.get(served, info.namespace, name);
    if (verb === "get") return encoded(200, JSON.stringify(scaleOf(served, current)), format);
    if (verb !== "update" && verb !== "patch") throw methodNotAllowed();
    const type = verb === "patch" ? patchType(served, request.headers["content-type"]) : undefined;
    if (type === APPLY_PATCH) return this.#applyScale(call, format);
    const query = writeQuery(verb === "update" ? "UpdateOptions" : "PatchOptions", request.query, false);
    let wanted: Scalable;
    if (type === undefined) {
      wanted = this.#body(call, "Scale") as unknown as Scalable;
      if (wanted.metadata?.resourceVersion && wanted.metadata.resourceVersion !== current.metadata.resourceVersion)
        throw new StatusError(
          409,
          "Conflict",
          `Operation cannot be fulfilled on ${served.definition.plural}${served.definition.group === "" ? "" : `.${served.definition.group}`} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
          {
            name,
            ...(served.definition.group === "" ? {} : { group: served.definition.group }),
            kind: served.definition.plural,
          },
        );
    } else {
      const scale = scaleOf(served, current) as unknown as KubernetesObject;
      const body = new TextDecoder().decode(request.body ?? new Uint8Array());
      const plain = {
        ...served,
        definition: { ...served.definition, kind: "Scale", schemaName: "io.k8s.api.autoscaling.v1.Scale" },
      };
      const { custom: _custom, ...typed } = plain;
      wanted = atOnce(
        applyPatch(this.#options.definitions, typed, scale, {
          type,
          body,
          validation: query.fieldValidation,
          warnings: call.warnings,
        }),
      ) as Scalable;
    }
    const replicas = wanted.spec?.replicas ?? 0;
    if (replicas < 0)
      throw invalid({ group: "autoscaling", kind: "Scale" }, name, [
        {
          type: "FieldValueInvalid",
          field: "spec.replicas",
          value: replicas,
          detail: "must be greater than or equal to 0",
        },
      ]);
    const updated = registry.update(
      served,
      info.namespace,
      name,
      (old) => withReplicas(served, clone(old), replicas),
      contextOf(call, query),
      { subresource: "scale" },
    );
    return encoded(200, JSON.stringify(scaleOf(served, updated)), format, call.warnings);
  }

  /**
   * Who applies a Scale owns the replicas of what is scaled: fields of a Scale are kept as fields of its object
   * (managedfields.ScaleHandler).
   */
  #applyScale(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, request } = call;
    const query = writeQuery("PatchOptions", request.query, true);
    const value = parseDocument(new TextDecoder().decode(request.body ?? new Uint8Array()), {
      version: "1.1",
    }).toJS() as {
      apiVersion?: string;
      kind?: string;
      metadata?: KubernetesObject["metadata"];
      spec?: { replicas?: number };
    } | null;
    if (value?.apiVersion !== "autoscaling/v1" || value.kind !== "Scale")
      throw badRequest(
        `Incorrect version specified in apply patch. Specified patch version: ${value?.apiVersion ?? ""}, expected: autoscaling/v1`,
      );
    const { definition } = served;
    const base: KubernetesObject = {
      apiVersion: served.apiVersion,
      kind: definition.kind,
      metadata: { ...value.metadata, name: value.metadata?.name ?? info.name ?? "" },
    };
    const replicas = value.spec?.replicas;
    const config = replicas === undefined ? base : withReplicas(served, base, replicas);
    const { object } = atOnce(
      this.#options.apply.apply(served, info.namespace, info.name ?? "", JSON.stringify(config), {
        context: contextOf(call, query),
        force: query.force === true,
        validation: query.fieldValidation,
        subresource: "scale",
      }),
    );
    return encoded(200, JSON.stringify(scaleOf(served, object)), format, call.warnings);
  }

  async #log(call: ResourceCall): Promise<ApiResponse> {
    const { served, info, request } = call;
    if (call.verb !== "get") throw methodNotAllowed();
    const { nodeAccess, registry } = this.#options;
    const name = info.name ?? "";
    const pod = registry.get(served, info.namespace, name) as Pod;
    const { query } = request;
    const options = logOptions(pod, query);
    if (nodeAccess === undefined) throw noNodes();
    if (!pod.spec?.nodeName) return plainText(200, "");
    const body = nodeAccess.logs(info.namespace ?? "", name, {
      ...options,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    return {
      status: 200,
      headers: { "content-type": "text/plain", "cache-control": "no-cache, private" },
      body: await firstChunk(body).catch((error: unknown) => {
        throw error instanceof NodeUnreachable ? unreachableLogs(error, info.namespace ?? "", name, options) : error;
      }),
    };
  }

  /** Admission of what is created but not stored. */
  #admit({ info }: ResourceCall, served: Served, body: object, context: WriteContext): void {
    const subresource = info.subresource as Subresource;
    const object = { metadata: {}, ...body } as KubernetesObject;
    this.#options.registry.admitSubresource(served, subresource, info.namespace, info.name ?? "", object, context);
  }

  #eviction(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, request } = call;
    if (call.verb !== "create") throw methodNotAllowed();
    const query = writeQuery("CreateOptions", request.query, false);
    const body = this.#body(call, "Eviction") as { metadata?: { name?: string }; deleteOptions?: unknown };
    const name = info.name ?? "";
    if (body.metadata?.name && body.metadata.name !== name)
      throw badRequest("name in URL does not match name in Eviction object");
    const options = deleteOptions(body.deleteOptions ?? {}, new URLSearchParams());
    const context = contextOf(call, { ...query, dryRun: query.dryRun || options.dryRun === true });
    this.#admit(call, served, body, context);
    this.#options.pods.evict(info.namespace ?? "", name, options, context);
    return encoded(201, JSON.stringify(successStatus(undefined, 201)), format, call.warnings);
  }

  #binding(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, request } = call;
    if (call.verb !== "create") throw methodNotAllowed();
    const query = writeQuery("CreateOptions", request.query, false);
    const body = this.#body(call, "Binding") as BindingRequest;
    const context = contextOf(call, query);
    this.#admit(call, served, body, context);
    this.#options.pods.bind(info.namespace ?? "", info.name ?? "", body, context);
    return encoded(201, JSON.stringify(successStatus(undefined, 201)), format, call.warnings);
  }

  #finalize(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, request } = call;
    if (call.verb !== "update") throw methodNotAllowed();
    const query = writeQuery("UpdateOptions", request.query, false);
    const body = this.#body(call, "Namespace") as {
      spec?: { finalizers?: string[] };
      metadata?: { resourceVersion?: string };
    };
    const updated = this.#options.registry.update(
      served,
      undefined,
      info.name ?? "",
      (old) => {
        const next = clone(old) as KubernetesObject & { spec?: { finalizers?: string[] } };
        next.spec = { ...next.spec, finalizers: body.spec?.finalizers ?? [] };
        if (next.spec.finalizers?.length === 0) delete next.spec.finalizers;
        next.metadata.resourceVersion = body.metadata?.resourceVersion ?? "";
        return next;
      },
      contextOf(call, query),
      { subresource: "finalize" },
    );
    return this.#options.resources.respond(call, 200, updated, format);
  }

  #token(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, request } = call;
    if (call.verb !== "create") throw methodNotAllowed();
    writeQuery("CreateOptions", request.query, false);
    const name = info.name ?? "";
    const account = this.#options.registry.get(served, info.namespace, name) as ServiceAccount;
    const body = this.#body(call, "TokenRequest") as {
      spec?: {
        audiences?: string[];
        expirationSeconds?: number;
        boundObjectRef?: { kind?: string; name?: string; uid?: string; apiVersion?: string };
      };
    };
    const seconds = body.spec?.expirationSeconds ?? DEFAULT_TOKEN_SECONDS;
    const errors: FieldError[] = [];
    const field = "spec.expirationSeconds";
    if (seconds < MIN_TOKEN_SECONDS)
      errors.push({
        type: "FieldValueInvalid",
        field,
        value: seconds,
        detail: "may not specify a duration less than 10 minutes",
      });
    else if (seconds > MAX_TOKEN_SECONDS)
      errors.push({
        type: "FieldValueInvalid",
        field,
        value: seconds,
        detail: "may not specify a duration larger than 2^32 seconds",
      });
    if (errors.length > 0) throw invalid({ group: "authentication.k8s.io", kind: "TokenRequest" }, "", errors);
    this.#admit(call, served, body, contextOf(call, { dryRun: false }));
    const bound = body.spec?.boundObjectRef;
    const claims = bound === undefined ? {} : this.#boundClaims(info.namespace ?? "", name, bound);
    const issued = this.#options.authenticator.issue({
      namespace: info.namespace ?? "",
      serviceAccount: { name, uid: account.metadata.uid ?? "" },
      ...(body.spec?.audiences === undefined ? {} : { audiences: body.spec.audiences }),
      expirationSeconds: seconds,
      ...claims,
    });
    const answer = {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace: info.namespace, creationTimestamp: rfc3339(this.#options.clock.now()) },
      spec: {
        audiences: body.spec?.audiences ?? ["https://kubernetes.default.svc.cluster.local"],
        expirationSeconds: seconds,
        boundObjectRef: bound ?? null,
      },
      status: { token: issued.token, expirationTimestamp: rfc3339(issued.expirationTimestamp) },
    };
    return encoded(201, JSON.stringify(answer), format, call.warnings);
  }

  /** What a token is bound to, as its claims say it (pkg/registry/core/serviceaccount/storage/token.go). */
  #boundClaims(
    namespace: string,
    account: string,
    bound: { kind?: string; name?: string; uid?: string; apiVersion?: string },
  ) {
    const { registry } = this.#options;
    const claim = ({ metadata }: KubernetesObject) => ({ name: metadata.name ?? "", uid: metadata.uid ?? "" });
    const find = (key: string) =>
      registry.get(this.#served(key), key === "nodes" ? undefined : namespace, bound.name ?? "");
    const resource = { Pod: "pods", Node: "nodes", Secret: "secrets" }[bound.kind ?? ""];
    if (resource === undefined || (bound.apiVersion ?? "v1") !== "v1")
      throw badRequest(`cannot bind token to object of type ${goKind(bound)}`);
    const object = find(resource);
    if (bound.uid !== undefined && bound.uid !== "" && bound.uid !== object.metadata.uid)
      throw conflict(
        { group: "", resource: bound.kind ?? "" },
        bound.name ?? "",
        `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    if (resource === "nodes") return { node: claim(object) };
    if (resource === "secrets") return { secret: claim(object) };
    const { spec } = object as Pod;
    if (spec?.serviceAccountName !== account)
      throw badRequest(
        `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name.`,
      );
    const node = spec.nodeName ? registry.find(this.#served("nodes"), undefined, spec.nodeName) : undefined;
    return { pod: claim(object), ...(node === undefined ? {} : { node: claim(node) }) };
  }

  /** Only one part of a Pod may change: its ephemeral containers. */
  #podPart(call: ResourceCall, format: Format): ApiResponse {
    const { served, info, verb, request } = call;
    const name = info.name ?? "";
    const { registry, resources, definitions } = this.#options;
    if (verb === "get") return resources.respond(call, 200, registry.get(served, info.namespace, name), format);
    if (verb !== "update" && verb !== "patch") throw methodNotAllowed();
    const query = writeQuery(verb === "update" ? "UpdateOptions" : "PatchOptions", request.query, false);
    const updated = registry.update(
      served,
      info.namespace,
      name,
      (old) => {
        const type = verb === "patch" ? patchType(served, request.headers["content-type"]) : undefined;
        if (type === APPLY_PATCH) throw badRequest("apply is not supported on this subresource by this server");
        const wanted =
          type === undefined
            ? (this.#body(call, "Pod") as unknown as Pod)
            : (atOnce(
                applyPatch(definitions, served, old, {
                  type,
                  body: new TextDecoder().decode(request.body ?? new Uint8Array()),
                  validation: query.fieldValidation,
                  warnings: call.warnings,
                }),
              ) as Pod);
        const next = clone(old) as Pod;
        const containers = wanted.spec?.ephemeralContainers;
        if (old.metadata.annotations?.[MIRROR] !== undefined)
          throw invalid({ group: "", kind: "Pod" }, name, [
            { type: "FieldValueForbidden", field: "[]", detail: "static pods do not support ephemeral containers" },
          ]);
        checkEphemeral(name, (old as Pod).spec?.ephemeralContainers ?? [], containers ?? []);
        if (next.spec !== undefined && containers !== undefined) next.spec.ephemeralContainers = containers;
        return next;
      },
      contextOf(call, query),
      { subresource: "ephemeralcontainers" },
    );
    return resources.respond(call, 200, updated, format);
  }

  #served(key: string): Served {
    const served = this.#options.definitions.stored(key);
    if (served === undefined) throw notFound({ group: "", resource: key }, "");
    return served;
  }
}

/** Ephemeral containers may only be added (ValidatePodEphemeralContainersUpdate). */
function checkEphemeral(name: string, old: readonly { name?: string }[], next: readonly { name?: string }[]): void {
  const errors = old.flatMap((container): FieldError[] => {
    const after = next.find((item) => item.name === container.name);
    if (after !== undefined && deepEqual(after, container)) return [];
    const quoted = JSON.stringify(container.name);
    const detail =
      after === undefined
        ? `existing ephemeral containers ${quoted} may not be removed\n`
        : `existing ephemeral containers ${quoted} may not be changed\n${internalDiff(container, after, "EphemeralContainer")}`;
    return [{ type: "FieldValueForbidden", field: "spec.ephemeralContainers", detail }];
  });
  if (errors.length > 0) throw invalid({ group: "", kind: "Pod" }, name, errors);
}

const noNodes = () => new StatusError(501, "NotImplemented", "this cluster has no nodes that could be reached");

function logOptions(pod: Pod, query: URLSearchParams): LogOptions {
  const name = pod.metadata.name ?? "";
  const container = containerOf(pod, query.get("container") ?? "");
  const number = (key: string, minimum: number): number | undefined => {
    const value = parseInteger(query, key);
    if (value !== undefined && value < minimum)
      throw invalid({ group: "", kind: "PodLogOptions" }, name, [
        {
          type: "FieldValueInvalid",
          field: key,
          value,
          detail: minimum === 0 ? "must be greater than or equal to 0" : "must be greater than 0",
        },
      ]);
    return value;
  };
  const tailLines = number("tailLines", 0);
  const sinceSeconds = number("sinceSeconds", 1);
  const limitBytes = number("limitBytes", 1);
  const sinceTime = query.get("sinceTime") ?? undefined;
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    throw invalid({ group: "", kind: "PodLogOptions" }, name, [
      {
        type: "FieldValueForbidden",
        field: "",
        detail: "at most one of `sinceTime` or `sinceSeconds` may be specified",
      },
    ]);
  const flag = (key: string) => parseBoolean(query.get(key) ?? "");
  return {
    container,
    follow: flag("follow"),
    previous: flag("previous"),
    timestamps: flag("timestamps"),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(sinceTime === undefined ? {} : { sinceTime }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  };
}

/** Waits for the first bytes, so that a refusal still becomes a status; the rest streams. */
async function firstChunk(body: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = body[Symbol.asyncIterator]();
  // A followed log of a silent container has no first bytes: what is refused is refused in the first turn.
  const first = iterator.next();
  const early = await Promise.race([first.then((result) => result), Promise.resolve().then(() => undefined)]);
  return {
    async *[Symbol.asyncIterator]() {
      try {
        const result = early ?? (await first);
        if (result.done) return;
        yield result.value;
        for (;;) {
          const next = await iterator.next();
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await iterator.return?.();
      }
    },
  };
}

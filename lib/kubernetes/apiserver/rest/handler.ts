/** From a request to its answer: authentication, authorization, and who answers what. Never throws. */
import type { Subresource } from "../../api/definition.ts";
import { StatusError } from "../../machinery/status.ts";
import type { UserInfo } from "../../machinery/types.ts";
import { type Authenticator, ISSUER } from "../authentication.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { Definitions, Served } from "../definitions.ts";
import type { ApiRequest, ApiResponse } from "../http.ts";
import type { TokenSigner } from "../tokens.ts";
import type { VirtualResources } from "../virtual.ts";
import { aggregatedDiscovery, apiGroupDocument, apiGroupList, apiResourceList } from "./discovery.ts";
import { parseAccept } from "./negotiation.ts";
import type { OpenApi } from "./openapi.ts";
import { parseBoolean } from "./options.ts";
import { parseResourcePath, type ResourceRequest, type Verb, verbOf } from "./request-info.ts";
import { methodNotAllowed, noSuchResource, type ResourceCall, type ResourceHandler } from "./resources.ts";
import { jsonText, pageNotFound, plainText, statusResponse } from "./responses.ts";
import { selectedFields, selectedName } from "./selection.ts";
import type { SubresourceHandler } from "./subresources.ts";

const VERSION = {
  major: "1",
  minor: "34",
  emulationMajor: "1",
  emulationMinor: "34",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "33",
  gitVersion: "v1.34.0",
  gitCommit: "f28b4c9efbca5c5c0af716d9f2d5702667ee8a45",
  gitTreeState: "clean",
  buildDate: "2025-08-27T10:09:04Z",
  goVersion: "go1.24.5",
  compiler: "gc",
  platform: "linux/amd64",
};

/** Service account issuer discovery (pkg/serviceaccount/openidmetadata.go). */
const OPENID = {
  issuer: ISSUER,
  jwks_uri: `${ISSUER}/openid/v1/jwks`,
  response_types_supported: ["id_token"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
};

const HEALTH = /^\/(healthz|livez|readyz)(\/.*)?$/;

interface RestHandlerOptions {
  readonly definitions: Definitions;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly resources: ResourceHandler;
  readonly subresources: SubresourceHandler;
  readonly virtual: VirtualResources;
  readonly openApi: OpenApi;
  readonly signer: TokenSigner;
  readonly onBug: (where: string, error: unknown) => void;
}

export class RestHandler {
  readonly #options: RestHandlerOptions;

  constructor(options: RestHandlerOptions) {
    this.#options = options;
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const warnings: string[] = [];
    try {
      return await this.#answer(request, warnings);
    } catch (error) {
      if (error instanceof StatusError) return statusResponse(error, warnings);
      this.#options.onBug(`${request.method} ${request.path}`, error);
      const message = error instanceof Error ? error.message : String(error);
      return statusResponse(
        new StatusError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] }),
      );
    }
  }

  /** Who asks: given by an in-process transport, or by the Authorization header (and impersonation). */
  authenticate(request: ApiRequest): UserInfo {
    const { authenticator, authorizer } = this.#options;
    const user = request.user ?? authenticator.authenticate(request.headers["authorization"], request.certificate);
    return authenticator.impersonate(user, request.headers, (attributes) => authorizer.authorize(user, attributes));
  }

  /** The resource that a path names, authorized. Throws where there is none or the user may not. */
  resolve(request: ApiRequest, info: ResourceRequest, user: UserInfo, warnings: string[]): ResourceCall {
    const watch = parseBoolean(request.query.get("watch") ?? "");
    const verb = verbOf(request.method, info.name !== undefined, watch);
    if (verb === undefined) throw methodNotAllowed();
    const name =
      info.name ??
      (verb === "list" || verb === "watch" || verb === "deletecollection" ? selectedName(request.query) : undefined);
    this.#options.authorizer.authorize(user, {
      verb: connectVerb(info.subresource, verb),
      group: info.group,
      resource: info.resource,
      subresource: info.subresource,
      namespace: info.resource === "namespaces" && info.group === "" ? (info.name ?? "") : info.namespace,
      name,
      fields: selectedFields(request.query.get("fieldSelector")),
    });
    const served = this.#options.definitions.get(info.apiVersion, info.resource);
    if (served === undefined) throw noSuchResource();
    const { definition } = served;
    if (info.namespace !== undefined && !definition.namespaced) throw noSuchResource();
    if (definition.namespaced && info.namespace === undefined && !["list", "watch"].includes(verb))
      throw info.name === undefined ? methodNotAllowed() : noSuchResource();
    return { request, info, served, verb, user, warnings };
  }

  async #answer(request: ApiRequest, warnings: string[]): Promise<ApiResponse> {
    const user = this.authenticate(request);
    const info = parseResourcePath(request.path);
    if (info === undefined) return this.#path(request, user);
    if (this.#options.virtual.serves(info)) return this.#options.virtual.handle(request, info, user, warnings);
    const known = this.#groupVersionExists(info.apiVersion);
    if (!known) {
      this.#authorizeResource(request, info, user);
      return pageNotFound();
    }
    const call = this.resolve(request, info, user, warnings);
    const { definition } = call.served;
    if (info.subresource !== undefined) {
      if (!(definition.subresources ?? []).includes(info.subresource as Subresource)) throw noSuchResource();
      const whole =
        info.subresource === "status" || definition.subresourceUpdates?.[info.subresource as Subresource] !== undefined;
      if (!whole) return this.#options.subresources.handle(call);
      if (!["get", "update", "patch"].includes(call.verb)) throw methodNotAllowed();
    }
    if (!allowsVerb(call.served, call.verb)) throw methodNotAllowed();
    return this.#options.resources.handle(call);
  }

  #authorizeResource(request: ApiRequest, info: ResourceRequest, user: UserInfo): void {
    const verb = verbOf(request.method, info.name !== undefined, false) ?? "get";
    const { group, resource, subresource, namespace, name } = info;
    this.#options.authorizer.authorize(user, { verb, group, resource, subresource, namespace, name });
  }

  #groupVersionExists(apiVersion: string): boolean {
    return this.#options.definitions.all().some((served) => served.apiVersion === apiVersion);
  }

  /** Paths that are no resources. */
  #path(request: ApiRequest, user: UserInfo): ApiResponse {
    const { path } = request;
    const { authorizer, definitions, openApi, signer } = this.#options;
    authorizer.authorize(user, { verb: request.method === "HEAD" ? "get" : request.method.toLowerCase(), path });
    if (request.method !== "GET" && request.method !== "HEAD") return statusResponse(methodNotAllowed());
    const trimmed = path.length > 1 ? path.replace(/\/$/, "") : path;
    if (trimmed === "/version") return jsonText(200, JSON.stringify(VERSION, undefined, 2));
    if (trimmed === "/openid/v1/jwks") return jwks(signer.keys());
    if (trimmed === "/.well-known/openid-configuration") return jsonText(200, JSON.stringify(OPENID));
    if (HEALTH.test(trimmed)) return health(trimmed, request.query);
    if (trimmed === "/") return jsonText(200, JSON.stringify({ paths: this.#paths() }, undefined, 2));
    if (trimmed === "/api" || trimmed === "/apis") return discovery(request, definitions, trimmed === "/api");
    if (/^\/openapi\/(v2$|v3$|v3\/)/.test(trimmed)) return openApi.handle(trimmed, request.headers["accept"]);
    const group = /^\/apis\/([^/]+)$/.exec(trimmed)?.[1];
    if (group !== undefined) return document(apiGroupDocument(definitions, group));
    const core = /^\/api\/([^/]+)$/.exec(trimmed)?.[1];
    if (core !== undefined) return document(apiResourceList(definitions, core));
    const version = /^\/apis\/([^/]+\/[^/]+)$/.exec(trimmed)?.[1];
    if (version !== undefined) return document(apiResourceList(definitions, version));
    return pageNotFound();
  }

  #paths(): string[] {
    const versions = new Set(this.#options.definitions.all().map((served) => served.apiVersion));
    const paths = new Set([
      "/api",
      "/apis",
      "/.well-known/openid-configuration",
      "/healthz",
      "/livez",
      "/openapi/v2",
      "/openapi/v3",
      "/openid/v1/jwks",
      "/readyz",
      "/version",
    ]);
    for (const version of versions) {
      if (!version.includes("/")) paths.add(`/api/${version}`);
      else {
        paths.add(`/apis/${version.split("/")[0]}`);
        paths.add(`/apis/${version}`);
      }
    }
    return [...paths].sort();
  }
}

function jwks(keys: object): ApiResponse {
  const answer = jsonText(200, JSON.stringify(keys));
  return { ...answer, headers: { ...answer.headers, "content-type": "application/jwk-set+json" } };
}

const document = (found: unknown): ApiResponse =>
  found === undefined ? pageNotFound() : jsonText(200, JSON.stringify(found));

/** `log?follow=true&watch=...` and the like stay reads of one object. */
function connectVerb(subresource: string | undefined, verb: Verb): string {
  return verb === "watch" && subresource !== undefined ? "get" : verb;
}

function allowsVerb(served: Served, verb: Verb): boolean {
  return served.definition.verbs === undefined || served.definition.verbs.includes(verb);
}

function health(path: string, query: URLSearchParams): ApiResponse {
  const name = path.slice(1).split("/")[0] ?? "";
  if (path.slice(1) !== name) return plainText(200, "ok");
  if (!query.has("verbose")) return plainText(200, "ok");
  const checks = ["ping", "log", "etcd", ...(name === "readyz" ? ["informer-sync"] : [])];
  return plainText(200, `${checks.map((check) => `[+]${check} ok\n`).join("")}${name} check passed\n`);
}

function discovery(request: ApiRequest, definitions: Definitions, core: boolean): ApiResponse {
  for (const range of parseAccept(request.headers["accept"])) {
    const { as, g, v } = range.parameters;
    if (as !== "APIGroupDiscoveryList" || g !== "apidiscovery.k8s.io" || (v !== "v2" && v !== "v2beta1")) continue;
    const answer = jsonText(200, JSON.stringify(aggregatedDiscovery(definitions, v, core)));
    const type = `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`;
    return { ...answer, headers: { ...answer.headers, "content-type": type, vary: "Accept" } };
  }
  return jsonText(
    200,
    JSON.stringify(
      core
        ? {
            kind: "APIVersions",
            versions: ["v1"],
            serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: request.headers["host"] ?? "" }],
          }
        : apiGroupList(definitions),
    ),
  );
}

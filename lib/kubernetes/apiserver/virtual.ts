/** Resources that are answered and never stored: access reviews, token reviews, bindings, component statuses, metrics. */
import type { Clock } from "../../clock/index.ts";
import type { Node, Pod } from "../api/types.ts";
import type { NodeAccess } from "../kubelet/types.ts";
import { invalid } from "../machinery/invalid.ts";
import { parseLabelSelector } from "../machinery/selectors.ts";
import { badRequest, type FieldError, notFound, StatusError } from "../machinery/status.ts";
import { rfc3339 } from "../machinery/time.ts";
import type { UserInfo } from "../machinery/types.ts";
import type { Store } from "../store/store.ts";
import type { Authenticator } from "./authentication.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import type { Attributes } from "./authorization/rbac.ts";
import { componentStatuses } from "./component-statuses.ts";
import type { ApiRequest, ApiResponse } from "./http.ts";
import { checkSize, decodeBody } from "./rest/decode.ts";
import { type Format, negotiate } from "./rest/negotiation.ts";
import { writeQuery } from "./rest/options.ts";
import type { ResourceRequest } from "./rest/request-info.ts";
import { methodNotAllowed } from "./rest/resources.ts";
import { encoded, successStatus } from "./rest/responses.ts";
import { selectedFields } from "./rest/selection.ts";
import type { BindingRequest, PodOperations } from "./subresources/pods.ts";
import { VIRTUAL } from "./virtual-kinds.ts";

interface ReviewSpec {
  resourceAttributes?: {
    namespace?: string;
    verb?: string;
    group?: string;
    resource?: string;
    subresource?: string;
    name?: string;
    fieldSelector?: { rawSelector?: string; requirements?: { key?: string; operator?: string; values?: string[] }[] };
  };
  nonResourceAttributes?: { path?: string; verb?: string };
  user?: string;
  groups?: string[];
  namespace?: string;
  token?: string;
  audiences?: string[];
}

interface VirtualOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly pods: PodOperations;
  readonly nodeAccess: NodeAccess | undefined;
}

/** What an access review must say (pkg/apis/authorization/validation). */
function accessReviewProblems(
  spec: {
    readonly user?: string;
    readonly groups?: readonly string[];
    readonly resourceAttributes?: unknown;
    readonly nonResourceAttributes?: unknown;
  },
  self: boolean,
): FieldError[] {
  const problems: FieldError[] = [];
  const problem = (field: string, value: unknown, detail: string) =>
    problems.push({ type: "FieldValueInvalid", field: `spec.${field}`, value, detail });
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined)
    problem(
      "nonResourceAttributes",
      nonResourceAttributes,
      "cannot be specified in combination with resourceAttributes",
    );
  if (resourceAttributes === undefined && nonResourceAttributes === undefined)
    problem("resourceAttributes", null, "exactly one of nonResourceAttributes or resourceAttributes must be specified");
  if (!self && !spec.user && (spec.groups ?? []).length === 0)
    problem("user", "", "at least one of user or group must be specified");
  return problems;
}

export class VirtualResources {
  readonly #options: VirtualOptions;

  constructor(options: VirtualOptions) {
    this.#options = options;
  }

  serves(info: ResourceRequest): boolean {
    return `${info.apiVersion}/${info.resource}` in VIRTUAL;
  }

  handle(request: ApiRequest, info: ResourceRequest, user: UserInfo, warnings: string[]): ApiResponse {
    const virtual = VIRTUAL[`${info.apiVersion}/${info.resource}`];
    if (virtual === undefined) throw notFound({ group: info.group, resource: info.resource }, info.name ?? "");
    const format = negotiate(request.headers["accept"], request.query, request.headers["user-agent"], {
      tables: virtual.verbs.includes("get"),
    });
    const verb =
      request.method === "POST" ? "create" : request.method === "GET" ? (info.name === undefined ? "list" : "get") : "";
    const { group, resource, namespace, name } = info;
    this.#options.authorizer.authorize(user, {
      verb: verb || request.method.toLowerCase(),
      group,
      resource,
      namespace,
      name,
    });
    if (!virtual.verbs.includes(verb)) throw methodNotAllowed();
    if (virtual.kind === "ComponentStatus")
      return componentStatuses(request, info.name, this.#options.clock.now(), format, warnings);
    if (info.group === "metrics.k8s.io") return this.#metrics(request, info, format);
    const query = writeQuery("CreateOptions", request.query, false);
    checkSize(request.body);
    const { value } = decodeBody(request.body, request.headers["content-type"]);
    if (value["kind"] !== undefined && value["kind"] !== virtual.kind)
      throw badRequest(
        `${String(value["kind"])} in version "${String(value["apiVersion"])}" cannot be handled as a ${virtual.kind}`,
      );
    if (virtual.kind === "Binding") {
      const binding = value as BindingRequest & { metadata?: { name?: string } };
      this.#options.pods.bind(namespace ?? "", binding.metadata?.name ?? "", binding, {
        user,
        fieldManager: query.fieldManager ?? "unknown",
        dryRun: query.dryRun,
        warnings,
      });
      return encoded(201, JSON.stringify(successStatus(undefined, 201)), format, warnings);
    }
    const spec = (value["spec"] ?? {}) as ReviewSpec;
    const status = this.#review(virtual.kind, spec, user, namespace);
    const answer = {
      kind: virtual.kind,
      apiVersion: info.apiVersion,
      metadata: { ...(value["metadata"] as object | undefined) },
      ...(virtual.kind === "SelfSubjectReview" ? {} : { spec }),
      status,
    };
    if (virtual.kind === "SelfSubjectReview")
      Object.assign(answer.metadata, { creationTimestamp: rfc3339(this.#options.clock.now()) });
    return encoded(201, JSON.stringify(answer), format, warnings);
  }

  #review(kind: string, spec: ReviewSpec, user: UserInfo, namespace: string | undefined): unknown {
    const { authorizer, authenticator } = this.#options;
    switch (kind) {
      case "SelfSubjectReview":
        return { userInfo: userInfo(user) };
      case "TokenReview": {
        const found = authenticator.reviewToken(spec.token ?? "", spec.audiences);
        if (found === undefined) return { user: {}, error: "invalid bearer token" };
        if ("error" in found) return { user: {}, error: found.error };
        return { authenticated: true, user: userInfo(found.user), audiences: found.audiences };
      }
      case "SelfSubjectRulesReview": {
        const rules = authorizer.rulesFor(user, spec.namespace);
        return {
          resourceRules: rules
            .filter((rule) => (rule.resources ?? []).length > 0)
            .map(({ verbs, apiGroups, resources, resourceNames }) => ({
              verbs,
              apiGroups,
              resources,
              ...(resourceNames?.length ? { resourceNames } : {}),
            })),
          nonResourceRules: rules
            .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
            .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
          ...incomplete(authorizer.rulesProblem(user)),
        };
      }
      default: {
        const self = kind === "SelfSubjectAccessReview";
        const problems = accessReviewProblems(spec, self);
        if (problems.length > 0) throw invalid({ group: "authorization.k8s.io", kind }, "", problems);
        const subject = self ? user : { name: spec.user ?? "", groups: spec.groups ?? [] };
        if (kind === "LocalSubjectAccessReview" && spec.resourceAttributes?.namespace !== namespace)
          throw badRequest("spec.resourceAttributes.namespace must match namespace");
        const decision = authorizer.decide(subject, attributesOf(spec));
        return { allowed: decision.allowed, ...(decision.reason === "" ? {} : { reason: decision.reason }) };
      }
    }
  }

  #metrics(request: ApiRequest, info: ResourceRequest, format: Format): ApiResponse {
    const { store, clock, nodeAccess } = this.#options;
    if (nodeAccess === undefined)
      throw new StatusError(501, "NotImplemented", "this cluster has no nodes that could be reached");
    const selector = parseLabelSelector(request.query.get("labelSelector") ?? "");
    const sample = { timestamp: rfc3339(clock.now()), window: "15s" };
    const pods = store.list("pods") as Pod[];
    const usageOf = (pod: Pod) => nodeAccess.usage(pod.metadata.namespace ?? "", pod.metadata.name ?? "");
    // Nothing is known of a Pod none of whose containers runs: it is left out, as by metrics-server.
    const podMetrics = (pod: Pod) => {
      const usage = usageOf(pod);
      return usage === undefined || usage.length === 0 || pod.status?.phase !== "Running"
        ? undefined
        : {
            metadata: {
              name: pod.metadata.name,
              namespace: pod.metadata.namespace,
              creationTimestamp: sample.timestamp,
              ...(pod.metadata.labels === undefined ? {} : { labels: pod.metadata.labels }),
            },
            ...sample,
            containers: usage.map((item) => ({
              name: item.container,
              usage: quantities(item.cpuMillicores, item.memoryBytes),
            })),
          };
    };
    const nodeMetrics = (node: Node) => {
      const own = pods.filter((pod) => pod.spec?.nodeName === node.metadata.name).flatMap((pod) => usageOf(pod) ?? []);
      const cpu = own.reduce((sum, item) => sum + item.cpuMillicores, 0);
      const memory = own.reduce((sum, item) => sum + item.memoryBytes, 0);
      return {
        metadata: { name: node.metadata.name, creationTimestamp: sample.timestamp, labels: node.metadata.labels ?? {} },
        ...sample,
        usage: quantities(cpu, memory),
      };
    };
    const isPods = info.resource === "pods";
    const items = (
      isPods
        ? pods
            .filter((pod) => info.namespace === undefined || pod.metadata.namespace === info.namespace)
            .filter((pod) => selector(pod.metadata.labels ?? {}))
            .filter((pod) => info.name === undefined || pod.metadata.name === info.name)
            .map(podMetrics)
        : (store.list("nodes") as Node[])
            .filter((node) => selector(node.metadata.labels ?? {}))
            .filter((node) => info.name === undefined || node.metadata.name === info.name)
            .map(nodeMetrics)
    ).filter((item) => item !== undefined);
    const kind = isPods ? "PodMetrics" : "NodeMetrics";
    const apiVersion = "metrics.k8s.io/v1beta1";
    if (info.name === undefined)
      return encoded(200, JSON.stringify({ kind: `${kind}List`, apiVersion, metadata: {}, items }), format);
    const [only] = items;
    if (only === undefined)
      throw notFound(
        { group: "metrics.k8s.io", resource: isPods ? "podmetrics" : "nodemetrics" },
        isPods ? `${info.namespace}/${info.name}` : info.name,
      );
    return encoded(200, JSON.stringify({ kind, apiVersion, ...only }), format);
  }
}

const quantities = (millicores: number, bytes: number) => ({
  cpu: `${Math.round(millicores * 1e6)}n`,
  memory: `${Math.round(bytes / 1024)}Ki`,
});

function attributesOf({ resourceAttributes, nonResourceAttributes }: ReviewSpec): Attributes {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined)
    throw badRequest("cannot specify both resourceAttributes and nonResourceAttributes");
  if (nonResourceAttributes !== undefined)
    return { verb: nonResourceAttributes.verb ?? "", path: nonResourceAttributes.path ?? "" };
  const {
    namespace,
    verb = "",
    group = "",
    resource = "",
    subresource,
    name,
    fieldSelector,
  } = resourceAttributes ?? {};
  const required = (fieldSelector?.requirements ?? []).flatMap(({ key = "", operator, values = [] }) =>
    operator === "In" && values.length === 1 ? [{ field: key, value: values[0] ?? "" }] : [],
  );
  return {
    verb,
    group,
    resource,
    subresource: subresource || undefined,
    namespace,
    name: name || undefined,
    fields: [...selectedFields(fieldSelector?.rawSelector), ...required],
  };
}

const incomplete = (problem: string | undefined) =>
  problem === undefined ? { incomplete: false } : { incomplete: true, evaluationError: problem };

function userInfo({ name, uid, groups, extra }: UserInfo) {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups: [...groups],
    ...(extra === undefined ? {} : { extra }),
  };
}

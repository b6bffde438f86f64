/**
 * What kubelets may do (plugin/pkg/auth/authorizer/node/node_authorizer.go): only what has to do with the Pods of
 * their node, and otherwise the rules of the ClusterRole system:node. What a request's path cannot tell is left to the
 * admission plugin NodeRestriction.
 */
import { quote } from "../../../../encoding/index.ts";
import type { UserInfo } from "../../../machinery/types.ts";
import type { Store } from "../../../store/store.ts";
import { NODE_RULES } from "../policy/cluster-roles.ts";
import { type Attributes, type Decision, type ResourceAttributes, ruleAllows } from "../rbac.ts";
import { NodeGraph, type Vertex } from "./graph.ts";

const USER = "system:node:";
const GROUP = "system:nodes";
const LEASES = "kube-node-lease";

/** The node that a user is; "": a node without a name; undefined: none (pkg/auth/nodeidentifier). */
export function nodeIdentity({ name, groups }: UserInfo): string | undefined {
  if (!name.startsWith(USER) || !groups.includes(GROUP)) return undefined;
  return name.slice(USER.length);
}

const ALLOWED: Decision = { allowed: true, reason: "" };
const denied = (reason: string): Decision => ({ allowed: false, reason });

type Rule = (authorizer: NodeAuthorizer, node: string, attributes: ResourceAttributes) => Decision;

const individual =
  (vertex: Vertex): Rule =>
  (authorizer, node, attributes) =>
    attributes.verb !== "get"
      ? denied("can only get individual resources of this type")
      : attributes.subresource
        ? denied("cannot get subresource")
        : authorizer.byRelation(node, vertex, attributes);

const readable =
  (vertex: Vertex): Rule =>
  (authorizer, node, attributes) =>
    !["get", "list", "watch"].includes(attributes.verb)
      ? denied("can only read resources of this type")
      : attributes.subresource
        ? denied("cannot read subresource")
        : !attributes.namespace
          ? denied("can only read namespaced object of this type")
          : authorizer.byRelation(node, vertex, attributes);

const claims: Rule = (authorizer, node, attributes) => {
  if (attributes.subresource !== "status") return individual("persistentvolumeclaim")(authorizer, node, attributes);
  return ["update", "patch"].includes(attributes.verb)
    ? authorizer.byRelation(node, "persistentvolumeclaim", attributes)
    : denied("can only get/update/patch this type");
};

const tokens: Rule = (authorizer, node, attributes) => {
  if (attributes.verb !== "create" || !attributes.name)
    return denied("can only create tokens for individual service accounts");
  return attributes.subresource === "token"
    ? authorizer.byRelation(node, "serviceAccount", attributes)
    : denied("can only create token subresource of serviceaccount");
};

const OWN_VERBS = ["get", "create", "update", "patch", "delete"];

const nodeLeases: Rule = (_authorizer, node, { verb, namespace, name }) => {
  if (!OWN_VERBS.includes(verb)) return denied("can only get, create, update, patch, or delete a node lease");
  if (namespace !== LEASES) return denied(`can only access leases in the ${quote(LEASES)} system namespace`);
  return verb === "create" || name === node
    ? ALLOWED
    : denied("can only access node lease with the same name as the requesting node");
};

const csiNode: Rule = (_authorizer, node, { verb, subresource, name }) => {
  if (!OWN_VERBS.includes(verb)) return denied("can only get, create, update, patch, or delete a CSINode");
  if (subresource) return denied("cannot authorize CSINode subresources");
  return verb === "create" || name === node
    ? ALLOWED
    : denied("can only access CSINode with the same name as the requesting node");
};

const nodes: Rule = (_authorizer, node, { verb, subresource, name }) => {
  if (subresource === "status") return ["update", "patch"].includes(verb) ? ALLOWED : denied("");
  if (subresource) return denied("");
  if (["create", "update", "patch"].includes(verb)) return ALLOWED;
  if (!["get", "list", "watch"].includes(verb)) return denied("");
  if (name === node) return ALLOWED;
  return denied(
    name
      ? `node '${node}' cannot read '${name}', only its own Node object`
      : `node '${node}' cannot read all nodes, only its own Node object`,
  );
};

const pods: Rule = (authorizer, node, attributes) => {
  const { verb, subresource } = attributes;
  if (subresource === "status") return ["update", "patch"].includes(verb) ? ALLOWED : denied("");
  if (subresource === "eviction") return verb === "create" ? ALLOWED : denied("");
  if (subresource) return denied("");
  if (verb === "get") return individual("pod")(authorizer, node, attributes);
  if (verb === "create" || verb === "delete") return ALLOWED;
  if (verb !== "list" && verb !== "watch") return denied("");
  const selected = attributes.fields?.some(({ field, value }) => field === "spec.nodeName" && value === node);
  if (selected) return ALLOWED;
  return attributes.name
    ? authorizer.byRelation(node, "pod", attributes)
    : denied("can only list/watch pods with spec.nodeName field selector");
};

/** By "resource.group"; others are held to the rules of system:node alone. */
const RULES: Readonly<Record<string, Rule>> = {
  "secrets.": readable("secret"),
  "configmaps.": readable("configmap"),
  "persistentvolumeclaims.": claims,
  "persistentvolumes.": individual("persistentvolume"),
  "volumeattachments.storage.k8s.io": individual("volumeattachment"),
  "serviceaccounts.": tokens,
  "leases.coordination.k8s.io": nodeLeases,
  "csinodes.storage.k8s.io": csiNode,
  "nodes.": nodes,
  "pods.": pods,
};

export class NodeAuthorizer {
  readonly #graph: NodeGraph;

  constructor(store: Store) {
    this.#graph = new NodeGraph(store);
  }

  /** undefined: the user is no node. A denial is no more than no opinion: RBAC is asked next. */
  decide(user: UserInfo, attributes: Attributes): Decision | undefined {
    const node = nodeIdentity(user);
    if (node === undefined) return undefined;
    if (node === "") return denied(`unknown node for user ${quote(user.name)}`);
    const rule = "path" in attributes ? undefined : RULES[`${attributes.resource}.${attributes.group}`];
    if (rule !== undefined) return rule(this, node, attributes as ResourceAttributes);
    return NODE_RULES.some((allowed) => ruleAllows(allowed, attributes)) ? ALLOWED : denied("");
  }

  byRelation(node: string, vertex: Vertex, { namespace = "", name = "" }: ResourceAttributes): Decision {
    if (name === "") return denied("No Object name found");
    if (this.#graph.related(node, vertex, namespace, name)) return ALLOWED;
    return denied(`no relationship found between node '${node}' and this object`);
  }
}

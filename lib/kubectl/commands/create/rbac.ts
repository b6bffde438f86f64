/** kubectl create role, clusterrole, rolebinding, clusterrolebinding. */
import { CommandError, Failures, NoResourceMatch } from "../../errors.ts";
import type { FlagDefinition } from "../../flags/parse.ts";
import type { Invocation } from "../../invocation.ts";
import type { Json, JsonObject } from "../../object.ts";
import { type Generator, metadata } from "./generate.ts";

const GROUP = "rbac.authorization.k8s.io";

const URL_VERBS = new Set(["get", "put", "post", "head", "options", "delete", "patch", "*"]);

const VERBS = new Set(
  "get list watch create update patch delete deletecollection use bind escalate impersonate approve sign attest *".split(
    " ",
  ),
);

/** A resource that is not there is told of as one of several errors. */
async function resourceOf(invocation: Invocation, type: string): Promise<{ group: string; name: string }> {
  try {
    return await invocation.lookUp((map) => map.find(type));
  } catch (error) {
    const [name = "", ...group] = type.split(".");
    throw error instanceof NoResourceMatch ? new Failures([new NoResourceMatch(name, group.join("."))]) : error;
  }
}

async function rules(invocation: Invocation): Promise<JsonObject[]> {
  const { flags } = invocation;
  const verbs = [...new Set(flags.list("verb"))];
  if (verbs.length === 0) throw new CommandError("at least one verb must be specified");
  const urls = flags.has("non-resource-url") ? flags.list("non-resource-url") : [];
  const wanted = flags.list("resource");
  for (const url of urls) {
    if (url === "*") continue;
    if (url === "" || !url.startsWith("/")) throw new CommandError("nonResourceURL should start with /");
    if (url.slice(0, -1).includes("*"))
      throw new CommandError("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
  const unknown = urls.length === 0 ? undefined : verbs.find((verb) => !URL_VERBS.has(verb));
  if (unknown !== undefined) throw new CommandError(`invalid verb: '${unknown}' for nonResourceURL`);
  if (wanted.length === 0 && urls.length === 0) throw new CommandError("at least one resource must be specified");
  const names = flags.list("resource-name");
  const byGroup = new Map<string, string[]>();
  for (const text of wanted) {
    const [type = "", sub] = text.split("/");
    const found = type === "*" ? { group: "", name: "*" } : await resourceOf(invocation, type);
    const list = byGroup.get(found.group) ?? [];
    list.push(sub === undefined ? found.name : `${found.name}/${sub}`);
    byGroup.set(found.group, list);
  }
  for (const verb of wanted.length === 0 ? [] : verbs)
    if (!VERBS.has(verb)) await invocation.err(`Warning: '${verb}' is not a standard resource verb\n`);
  const out: JsonObject[] = [...byGroup].map(([group, resources]) => ({
    verbs,
    apiGroups: [group],
    resources,
    ...(names.length > 0 ? { resourceNames: names } : {}),
  }));
  if (urls.length > 0) out.push({ verbs, nonResourceURLs: urls });
  return out;
}

function subjects({ flags }: Invocation): Json[] {
  return [
    ...flags.list("user").map((name) => ({ kind: "User", apiGroup: GROUP, name })),
    ...flags.list("group").map((name) => ({ kind: "Group", apiGroup: GROUP, name })),
    ...flags.list("serviceaccount").map((text) => {
      const [namespace = "", name = "", ...rest] = text.split(":");
      if (namespace === "" || name === "" || rest.length > 0)
        throw new CommandError("serviceaccount must be <namespace>:<name>");
      return { kind: "ServiceAccount", name, namespace };
    }),
  ];
}

const RULE_FLAGS: readonly FlagDefinition[] = [
  { name: "verb", type: "strings", usage: "Verbs the rule allows" },
  { name: "resource", type: "strings", usage: "Resources the rule is about" },
  { name: "resource-name", type: "array", usage: "Only objects of these names" },
];
const SUBJECT_FLAGS: readonly FlagDefinition[] = [
  { name: "user", type: "array", usage: "User to bind to" },
  { name: "group", type: "array", usage: "Group to bind to" },
  { name: "serviceaccount", type: "array", usage: "Service account to bind to, <namespace>:<name>" },
];

export const RBAC_GENERATORS: readonly Generator[] = [
  {
    name: "role",
    short: "Create a role with single rule",
    arguments: "NAME --verb=verb --resource=resource.group/subresource",
    flags: RULE_FLAGS,
    generate: async (invocation, name) => ({
      kind: "Role",
      apiVersion: `${GROUP}/v1`,
      metadata: metadata(name),
      rules: await rules(invocation),
    }),
  },
  {
    name: "clusterrole",
    short: "Create a cluster role",
    arguments: "NAME --verb=verb --resource=resource.group",
    flags: [
      ...RULE_FLAGS,
      { name: "non-resource-url", type: "strings", usage: "Paths the rule is about" },
      { name: "aggregation-rule", type: "labels", usage: "Labels of ClusterRoles whose rules are brought together" },
    ],
    generate: async (invocation, name) => {
      const { flags } = invocation;
      const labels = flags.pairs("aggregation-rule");
      const object = { kind: "ClusterRole", apiVersion: `${GROUP}/v1`, metadata: metadata(name) };
      if (labels.length === 0) return { ...object, rules: await rules(invocation) };
      if (["verb", "resource", "resource-name", "non-resource-url"].some((flag) => flags.list(flag).length > 0))
        throw new CommandError(
          "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
        );
      const matchLabels = Object.fromEntries(labels);
      return { ...object, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] }, rules: null };
    },
  },
  {
    name: "rolebinding",
    short: "Create a role binding for a particular role or cluster role",
    arguments:
      "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:name]",
    flags: [
      ...SUBJECT_FLAGS,
      { name: "role", type: "string", usage: "Role to bind" },
      { name: "clusterrole", type: "string", usage: "ClusterRole to bind" },
    ],
    generate(invocation, name) {
      const [role, clusterRole] = [invocation.flags.string("role"), invocation.flags.string("clusterrole")];
      if ((role === "") === (clusterRole === ""))
        throw new CommandError("exactly one of clusterrole or role must be specified");
      return {
        kind: "RoleBinding",
        apiVersion: `${GROUP}/v1`,
        metadata: metadata(name),
        ...(subjects(invocation).length > 0 ? { subjects: subjects(invocation) } : {}),
        roleRef: { apiGroup: GROUP, kind: role === "" ? "ClusterRole" : "Role", name: role || clusterRole },
      };
    },
  },
  {
    name: "clusterrolebinding",
    short: "Create a cluster role binding for a particular cluster role",
    arguments: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:name]",
    flags: [...SUBJECT_FLAGS, { name: "clusterrole", type: "string", required: true, usage: "ClusterRole to bind" }],
    generate: (invocation, name) => ({
      kind: "ClusterRoleBinding",
      apiVersion: `${GROUP}/v1`,
      metadata: metadata(name),
      ...(subjects(invocation).length > 0 ? { subjects: subjects(invocation) } : {}),
      roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: invocation.flags.string("clusterrole") },
    }),
  },
];

/** kubectl create role, clusterrole, rolebinding, clusterrolebinding. */
import { CommandError, Failures, NoResourceMatch } from "../../errors.ts";
import type { FlagDefinition } from "../../flags/parse.ts";
import type { Invocation } from "../../invocation.ts";
import type { Json, JsonObject } from "../../object.ts";
import { type Generator, metadata } from "./generate.ts";

const GROUP = "rbac.authorization.k8s.io";

const URL_VERBS = new Set(["get", "put", "post", "head", "options", "delete", "patch", "*"]);

const VERBS = new Set(
  "* get delete list create update patch watch proxy deletecollection use bind escalate impersonate".split(" "),
);

interface GroupResource {
  readonly group: string;
  readonly name: string;
}
const roles = [
  { group: GROUP, name: "roles" },
  { group: GROUP, name: "clusterroles" },
];
/** Verbs that mean something of these resources only, which servers need not have. */
const SPECIAL: Readonly<Record<string, readonly GroupResource[]>> = {
  use: [
    { group: "policy", name: "podsecuritypolicies" },
    { group: "extensions", name: "podsecuritypolicies" },
  ],
  bind: roles,
  escalate: roles,
  impersonate: [
    { group: "", name: "users" },
    { group: "", name: "serviceaccounts" },
    { group: "", name: "groups" },
    { group: "authentication.k8s.io", name: "userextras" },
  ],
};

/** "deployments.apps/scale" in its parts. */
interface Asked extends GroupResource {
  readonly subresource: string;
}

/** A lone "*" stands for all that comes before and after it. */
function askedOf(texts: readonly string[]): Asked[] {
  const all: Asked[] = [];
  for (const text of texts) {
    const slash = text.indexOf("/");
    const [type, subresource] = slash === -1 ? [text, ""] : [text.slice(0, slash), text.slice(slash + 1)];
    const dot = type.indexOf(".");
    const [name, group] = dot === -1 ? [type, ""] : [type.slice(0, dot), type.slice(dot + 1)];
    if (text === "*") return [{ name, group, subresource }];
    all.push({ name, group, subresource });
  }
  return all;
}

/** What the server has by that name, or the error of there being none. */
async function servedAs(invocation: Invocation, { name, group }: Asked): Promise<GroupResource | NoResourceMatch> {
  try {
    const found = await invocation.lookUp((map) => {
      const one = map.find(group === "" ? name : `${name}.${group}`);
      if (group !== "" && one.group !== group && !one.group.startsWith(`${group}.`))
        throw new NoResourceMatch(name, group);
      return one;
    });
    return { group: found.group, name: found.name };
  } catch (error) {
    if (error instanceof NoResourceMatch) return new NoResourceMatch(name, group);
    throw error;
  }
}

/** Throws where a verb does not go with a resource, or where there is no such resource. */
async function checkResources(
  invocation: Invocation,
  verbs: readonly string[],
  asked: readonly Asked[],
): Promise<void> {
  for (const one of asked) {
    if (one.name === "") throw new CommandError("resource must be specified if apiGroup/subresource specified");
    if (one.name === "*") return;
    const served = await servedAs(invocation, one);
    const known = served instanceof NoResourceMatch ? one : served;
    let problem = served instanceof NoResourceMatch ? served : undefined;
    for (const verb of verbs) {
      const special = Object.hasOwn(SPECIAL, verb) ? SPECIAL[verb] : undefined;
      if (special === undefined) continue;
      if (!special.some(({ group, name }) => group === known.group && name === known.name))
        throw new CommandError(`can not perform '${verb}' on '${known.name}' in group '${known.group}'`);
      problem = undefined;
    }
    // One of several errors, as upstream's mapper has it.
    if (problem !== undefined) throw new Failures([problem]);
  }
}

async function rules(invocation: Invocation): Promise<JsonObject[]> {
  const { flags, command } = invocation;
  const given = flags.list("verb");
  const verbs = given.includes("*") ? ["*"] : [...new Set(given)];
  const urls = flags.has("non-resource-url") ? flags.list("non-resource-url") : [];
  const asked = askedOf(flags.list("resource"));
  const names = [...new Set(flags.list("resource-name"))];
  if (verbs.length === 0) throw new CommandError("at least one verb must be specified");
  if (command.name === "clusterrole" && asked.length === 0 && urls.length === 0)
    throw new CommandError("one of resource or nonResourceURL must be specified");
  if (asked.length > 0 || urls.length === 0) {
    for (const verb of verbs)
      if (!VERBS.has(verb)) await invocation.err(`Warning: '${verb}' is not a standard resource verb\n`);
    if (asked.length === 0) throw new CommandError("at least one resource must be specified");
    await checkResources(invocation, verbs, asked);
  }
  checkUrls(urls, verbs);
  const byGroup = new Map<string, string[]>();
  for (const one of asked) {
    const served = one.name === "*" ? one : await servedAs(invocation, one);
    const { group, name } = served instanceof NoResourceMatch ? one : served;
    const list = byGroup.get(group) ?? [];
    const whole = one.subresource === "" ? name : `${name}/${one.subresource}`;
    byGroup.set(group, list.includes(whole) ? list : [...list, whole]);
  }
  const out: JsonObject[] = [...byGroup]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, resources]) => ({
      verbs,
      apiGroups: [group],
      resources,
      ...(names.length > 0 ? { resourceNames: names } : {}),
    }));
  if (urls.length > 0) out.push({ verbs, nonResourceURLs: urls });
  return out;
}

function checkUrls(urls: readonly string[], verbs: readonly string[]): void {
  for (const url of urls) {
    if (url === "*") continue;
    if (url === "" || !url.startsWith("/")) throw new CommandError("nonResourceURL should start with /");
    if (url.slice(0, -1).includes("*"))
      throw new CommandError("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
  const unknown = urls.length === 0 ? undefined : verbs.find((verb) => !URL_VERBS.has(verb));
  if (unknown !== undefined) throw new CommandError(`invalid verb: '${unknown}' for nonResourceURL`);
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

/**
 * kubectl auth reconcile (k8s.io/kubectl/pkg/cmd/auth/reconcile.go, k8s.io/component-helpers/auth/rbac/reconciliation):
 * roles get the rules they lack, bindings the subjects; what is there beyond that goes only when asked to.
 */
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, isApiError, isNotFound, throwAll } from "../errors.ts";
import { DRY_RUN_FLAG, FILE_FLAGS, OUTPUT_FLAGS } from "../flags/common.ts";
import { dryRunOf, dryRunSuffix, type Invocation } from "../invocation.ts";
import { type Json, type JsonObject, type KubeObject, listAt, objectAt, parseApiVersion, textAt } from "../object.ts";
import { printerFor, printResult, withoutManagedFields } from "../printers/output.ts";
import { build, type Target } from "../resources/builder.ts";

type Operation = "create" | "update" | "recreate" | "none";

interface Difference {
  readonly operation: Operation;
  readonly object: KubeObject;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly what: "rules" | "subjects";
}

const KINDS: Readonly<Record<string, "rules" | "subjects">> = {
  Role: "rules",
  ClusterRole: "rules",
  RoleBinding: "subjects",
  ClusterRoleBinding: "subjects",
};

const texts = (rule: Json, field: string): string[] => listAt(rule, field).map(String);
const bracketed = (values: readonly string[]): string => `[${values.join(" ")}]`;

/** As Go's %+v has a PolicyRule. */
const ruleText = (rule: Json): string =>
  `{Verbs:${bracketed(texts(rule, "verbs"))} APIGroups:${bracketed(texts(rule, "apiGroups"))} Resources:${bracketed(texts(rule, "resources"))} ResourceNames:${bracketed(texts(rule, "resourceNames"))} NonResourceURLs:${bracketed(texts(rule, "nonResourceURLs"))}}`;

/** As Go's %+v has a Subject. */
const subjectText = (subject: Json): string =>
  `{Kind:${textAt(subject, "kind")} APIGroup:${textAt(subject, "apiGroup")} Name:${textAt(subject, "name")} Namespace:${textAt(subject, "namespace")}}`;

interface Grant {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  readonly url: string;
}

/** One grant for each verb, group, resource and name, and for each verb and URL (BreakdownRule). */
function grants(rule: Json): Grant[] {
  const out: Grant[] = [];
  const names = texts(rule, "resourceNames");
  for (const verb of texts(rule, "verbs")) {
    for (const group of texts(rule, "apiGroups"))
      for (const resource of texts(rule, "resources"))
        for (const name of names.length === 0 ? [""] : names) out.push({ verb, group, resource, name, url: "" });
    for (const url of texts(rule, "nonResourceURLs")) out.push({ verb, group: "", resource: "", name: "", url });
  }
  return out;
}

const covers = (owner: readonly Grant[], wanted: Grant): boolean =>
  owner.some((one) => {
    if (one.verb !== "*" && one.verb !== wanted.verb) return false;
    if (wanted.url !== "")
      return (
        one.url === wanted.url ||
        one.url === "*" ||
        (one.url.endsWith("*") && wanted.url.startsWith(one.url.slice(0, -1)))
      );
    if (one.url !== "") return false;
    const subresource = wanted.resource.slice(wanted.resource.indexOf("/") + 1);
    return (
      (one.group === "*" || one.group === wanted.group) &&
      (one.resource === "*" ||
        one.resource === wanted.resource ||
        (wanted.resource.includes("/") && one.resource === `*/${subresource}`)) &&
      (one.name === "" || one.name === wanted.name)
    );
  });

/** What `wanted` grants and `owner` does not, rule by rule (validation.Covers): grants of one rule come together. */
function uncovered(owner: readonly Json[], wanted: readonly Json[]): JsonObject[] {
  const have = owner.flatMap(grants);
  return wanted.flatMap((rule) => {
    const lacking = grants(rule).filter((grant) => !covers(have, grant));
    return compact(lacking);
  });
}

/** Grants of the same resource, names or URL as one rule with several verbs. */
function compact(list: readonly Grant[]): JsonObject[] {
  const rules = new Map<string, { verbs: string[]; grant: Grant }>();
  for (const grant of list) {
    const key = JSON.stringify([grant.group, grant.resource, grant.name, grant.url]);
    const known = rules.get(key);
    if (known === undefined) rules.set(key, { verbs: [grant.verb], grant });
    else known.verbs.push(grant.verb);
  }
  return [...rules.values()].map(({ verbs, grant }) =>
    grant.url !== ""
      ? { verbs, nonResourceURLs: [grant.url] }
      : {
          verbs,
          apiGroups: [grant.group],
          resources: [grant.resource],
          ...(grant.name === "" ? {} : { resourceNames: [grant.name] }),
        },
  );
}

/** Labels and annotations are added; true where there was something to add. */
function mergeMetadata(object: KubeObject, wanted: KubeObject): boolean {
  let changed = false;
  const metadata = { ...objectAt(object, "metadata") };
  for (const field of ["labels", "annotations"]) {
    const more = objectAt(wanted, "metadata", field);
    const before = objectAt(metadata, field);
    if (Object.keys(more).every((key) => before[key] === more[key])) continue;
    metadata[field] = { ...before, ...more };
    changed = true;
  }
  object["metadata"] = metadata;
  return changed;
}

function differenceOf(
  live: KubeObject | undefined,
  wanted: KubeObject,
  what: "rules" | "subjects",
  removeExtra: boolean,
): Difference {
  const text = what === "rules" ? ruleText : subjectText;
  const asked = listAt(wanted, what);
  const all = what === "rules" && wanted["aggregationRule"] !== undefined ? [] : asked;
  if (live === undefined) return { operation: "create", object: wanted, missing: all.map(text), extra: [], what };
  if (what === "subjects" && JSON.stringify(roleOf(live)) !== JSON.stringify(roleOf(wanted)))
    return { operation: "recreate", object: wanted, missing: [], extra: [], what };
  const object: KubeObject = { ...live };
  const metadataChanged = mergeMetadata(object, wanted);
  const existing = listAt(live, what);
  const [missing, extra] =
    what === "rules"
      ? [uncovered(existing, asked), uncovered(asked, existing)]
      : [lacking(existing, asked), lacking(asked, existing)];
  const changed = missing.length > 0 || (removeExtra && extra.length > 0);
  if (changed) object[what] = removeExtra ? [...asked] : [...existing, ...missing];
  return {
    operation: changed || metadataChanged ? "update" : "none",
    object,
    missing: missing.map(text),
    extra: removeExtra ? extra.map(text) : [],
    what,
  };
}

const roleOf = (binding: KubeObject): readonly string[] =>
  ["apiGroup", "kind", "name"].map((field) => textAt(binding, "roleRef", field));

const lacking = (existing: readonly Json[], wanted: readonly Json[]): JsonObject[] => {
  const have = new Set(existing.map(subjectText));
  return wanted.filter((subject) => !have.has(subjectText(subject))) as JsonObject[];
};

async function reconcile(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  if (flags.list("filename").length === 0 && flags.string("kustomize") === "")
    throw new CommandError("must specify one of -f and -k");
  const dryRun = dryRunOf(invocation);
  if (dryRun === "server") throw new CommandError("--dry-run=server for command reconcile is not supported yet");
  const printer = printerFor(invocation);
  const selection = await build(invocation, { skipNamespaceCheck: true });
  const errors: unknown[] = [...selection.errors];
  for (const found of selection.targets) {
    const what = KINDS[found.resource.kind];
    if (what === undefined || found.resource.group !== "rbac.authorization.k8s.io") continue;
    // Namespaces have to stand in the file.
    const target = { ...found, namespace: textAt(found.object ?? {}, "metadata", "namespace") };
    const { version } = parseApiVersion(textAt(target.object ?? {}, "apiVersion"));
    if (version !== "v1")
      throw new CommandError(
        "only rbac.authorization.k8s.io/v1 is supported: not rbac.authorization.k8s.io/" + version,
      );
    const removeExtra = flags.bool(what === "rules" ? "remove-extra-permissions" : "remove-extra-subjects");
    try {
      const difference = await liveDifference(invocation, target, what, removeExtra);
      const result = dryRun === "none" ? await carryOut(invocation, target, difference) : shownHere(difference.object);
      const shown = withoutManagedFields(withKind(result, target));
      await printResult(invocation, shown, `reconciled${dryRunSuffix(dryRun)}`, printer, true);
      if (flags.string("output") !== "name") await invocation.err(tell(difference));
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** An object that no server has seen has no time of creation, and shows it. */
const shownHere = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { creationTimestamp: null, ...objectAt(object, "metadata") },
});

const withKind = (object: KubeObject, { resource }: Target): KubeObject => ({
  apiVersion: `${resource.group}/${resource.version}`,
  kind: resource.kind,
  ...object,
});

async function liveDifference(
  invocation: Invocation,
  target: Target,
  what: "rules" | "subjects",
  removeExtra: boolean,
): Promise<Difference> {
  const rest = await invocation.rest();
  const wanted = target.object as KubeObject;
  if (target.resource.namespaced && target.namespace === "") {
    if (dryRunOf(invocation) === "none") throw new CommandError("resource name may not be empty");
    return differenceOf(undefined, wanted, what, removeExtra);
  }
  const live = await rest.get(pathOf(target.resource, target.namespace, target.name)).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  return differenceOf(live, wanted, what, removeExtra);
}

async function carryOut(invocation: Invocation, target: Target, difference: Difference): Promise<KubeObject> {
  const rest = await invocation.rest();
  const { resource, namespace, name } = target;
  const create = () => rest.json("POST", pathOf(resource, namespace), { body: difference.object });
  switch (difference.operation) {
    case "none":
      return difference.object;
    case "update":
      return rest.json("PUT", pathOf(resource, namespace, name), { body: difference.object });
    case "recreate":
      await rest.json("DELETE", pathOf(resource, namespace, name)).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
      return create();
    case "create":
      await ensureNamespace(invocation, namespace);
      return create();
  }
}

/** Upstream makes the namespace where it may, and says nothing where it may not. */
async function ensureNamespace(invocation: Invocation, namespace: string): Promise<void> {
  if (namespace === "") return;
  const body = { kind: "Namespace", apiVersion: "v1", metadata: { name: namespace } };
  await (await invocation.rest()).json("POST", "/api/v1/namespaces", { body }).catch((error: unknown) => {
    if (!isApiError(error, "AlreadyExists") && !isApiError(error, "Forbidden")) throw error;
  });
}

function tell({ operation, missing, extra, what }: Difference): string {
  const list = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? "" : `\t${title}:\n${lines.map((line) => `\t\t${line}\n`).join("")}`;
  const first = operation === "none" ? "" : `\treconciliation required ${operation}\n`;
  return first + list(`missing ${what} added`, missing) + list(`extra ${what} removed`, extra);
}

export const RECONCILE: Command = {
  name: "reconcile",
  short: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
  arguments: "-f FILENAME",
  examples: ["kubectl auth reconcile -f roles.yaml"],
  flags: [
    ...OUTPUT_FLAGS,
    ...FILE_FLAGS,
    DRY_RUN_FLAG,
    {
      name: "remove-extra-permissions",
      type: "bool",
      default: "false",
      usage: "Take rules away that the file does not have",
    },
    {
      name: "remove-extra-subjects",
      type: "bool",
      default: "false",
      usage: "Take subjects away that the file does not have",
    },
  ],
  run: reconcile,
};

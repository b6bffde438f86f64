/**
 * Nobody grants what they do not have: does a set of rules cover another, and what is missing in upstream's words
 * (component-helpers/auth/rbac/validation, pkg/registry/rbac/validation/rule.go, policy_compact.go).
 */
import { quote } from "../../../encoding/index.ts";
import type { UserInfo } from "../../machinery/types.ts";
import type { PolicyRule } from "./rbac.ts";

/** Rules of one group, resource (or path), verb and name each. */
function breakdown(rule: PolicyRule): PolicyRule[] {
  const { apiGroups = [], resources = [], verbs = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const parts: PolicyRule[] = [];
  for (const group of apiGroups)
    for (const resource of resources)
      for (const verb of verbs) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (resourceNames.length === 0) parts.push(part);
        for (const name of resourceNames) parts.push({ ...part, resourceNames: [name] });
      }
  for (const url of nonResourceURLs) for (const verb of verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] });
  return parts;
}

const hasAll = (owned: readonly string[] = [], wanted: readonly string[] = []) =>
  wanted.every((item) => owned.includes(item));
const coversAll = (owned: readonly string[] = [], wanted: readonly string[] = []) =>
  owned.includes("*") || hasAll(owned, wanted);

function coversResources(owned: readonly string[] = [], wanted: readonly string[] = []): boolean {
  if (coversAll(owned, wanted)) return true;
  return wanted.every((resource) => {
    const slash = resource.indexOf("/");
    return owned.includes(resource) || (slash !== -1 && owned.includes(`*${resource.slice(slash)}`));
  });
}

const coversPaths = (owned: readonly string[] = [], wanted: readonly string[] = []) =>
  wanted.every((path) =>
    owned.some((item) => item === path || (item.endsWith("*") && path.startsWith(item.slice(0, -1)))),
  );

function coversNames(owned: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return wanted.length === 0 ? owned.length === 0 : owned.length === 0 || hasAll(owned, wanted);
}

const covers = (owned: PolicyRule, wanted: PolicyRule) =>
  coversAll(owned.verbs, wanted.verbs) &&
  coversAll(owned.apiGroups, wanted.apiGroups) &&
  coversResources(owned.resources, wanted.resources) &&
  coversPaths(owned.nonResourceURLs, wanted.nonResourceURLs) &&
  coversNames(owned.resourceNames, wanted.resourceNames);

/** The parts of `wanted` that no rule of `owned` covers by itself. */
function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakdown).filter((part) => !owned.some((rule) => covers(rule, part)));
}

/** Parts of one group and resource become one rule with their verbs. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const others: PolicyRule[] = [];
  const simple = new Map<string, PolicyRule & { verbs: string[] }>();
  for (const rule of rules) {
    const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs = [] } = rule;
    if (apiGroups.length !== 1 || resources.length !== 1 || resourceNames.length > 1 || nonResourceURLs.length > 0) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([apiGroups, resources, resourceNames]);
    const known = simple.get(key);
    if (known === undefined) simple.set(key, { ...rule, verbs: [...verbs] });
    else known.verbs.push(...verbs.filter((verb) => !known.verbs.includes(verb)));
  }
  return [...others, ...simple.values()];
}

const list = (items: readonly string[]) => `[${items.map(quote).join(" ")}]`;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` */
function compactText(rule: PolicyRule): string {
  const parts = (
    [
      ["APIGroups", rule.apiGroups],
      ["Resources", rule.resources],
      ["NonResourceURLs", rule.nonResourceURLs],
      ["ResourceNames", rule.resourceNames],
      ["Verbs", rule.verbs],
    ] as const
  ).flatMap(([name, items]) => (items === undefined || items.length === 0 ? [] : [`${name}:${list(items)}`]));
  return `{${parts.join(", ")}}`;
}

/** Why `user`, who has `owned`, may not grant `wanted`; undefined where they may (ConfirmNoEscalation). */
export function escalationProblem(
  user: UserInfo,
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): string | undefined {
  const missing = uncovered(owned, wanted);
  if (missing.length === 0) return undefined;
  const lines = [...new Set(compact(missing).map(compactText))].sort();
  return `user ${quote(user.name)} (groups=${list(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}`;
}

/** Rules of RBAC, broken down and put together again as kubectl shows them (k8s.io/kubectl/pkg/util/rbac). */
import { byText, type Json, listAt } from "../object.ts";

/** A rule broken down as far as it goes; only verbs may be several. */
interface Rule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly names: readonly string[];
  readonly urls: readonly string[];
}

const bracketed = (values: readonly unknown[]): string => `[${values.join(" ")}]`;

/** As Go prints a PolicyRule, which is what rules are sorted by. */
const ruleKey = ({ verbs, groups, resources, names, urls }: Rule): string =>
  `Verbs:${bracketed(verbs)},APIGroups:${bracketed(groups)},Resources:${bracketed(resources)},ResourceNames:${bracketed(names)},NonResourceURLs:${bracketed(urls)},`;

/** "deployments.apps/scale". */
function ruleResource({ resources: [resource = ""], groups: [group = ""] }: Rule): string {
  const slash = resource.indexOf("/");
  const [name, sub] = slash === -1 ? [resource, ""] : [resource.slice(0, slash), resource.slice(slash)];
  return `${name}${group === "" ? "" : `.${group}`}${sub}`;
}

/** Resource, URLs, names and verbs as cells. */
export const ruleColumns = (rule: Rule): readonly string[] => [
  ruleResource(rule),
  bracketed(rule.urls),
  bracketed(rule.names),
  bracketed(rule.verbs),
];

/** Rules of the same resource become one; those of URLs stay apart. Sorted. */
export function compactRules(rules: readonly Json[]): Rule[] {
  const texts = (rule: Json, field: string) => listAt(rule, field).map(String);
  const simple = new Map<string, Rule>();
  const others: Rule[] = [];
  for (const rule of rules) {
    const [names, all] = [texts(rule, "resourceNames"), texts(rule, "verbs")];
    for (const group of texts(rule, "apiGroups")) {
      for (const resource of texts(rule, "resources")) {
        for (const one of names.length === 0 ? [[]] : names.map((name) => [name])) {
          const key = JSON.stringify([group, resource, one]);
          const verbs = [...new Set([...(simple.get(key)?.verbs ?? []), ...all])];
          simple.set(key, { verbs, groups: [group], resources: [resource], names: one, urls: [] });
        }
      }
    }
    for (const url of texts(rule, "nonResourceURLs"))
      for (const verb of all) others.push({ verbs: [verb], groups: [], resources: [], names: [], urls: [url] });
  }
  return [...simple.values(), ...others].sort((a, b) => byText(ruleKey(a), ruleKey(b)));
}

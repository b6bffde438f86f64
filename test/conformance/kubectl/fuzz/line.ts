/** What generators make. */
import type { Random } from "./random.ts";

/** One command line with the files it needs; the first word is kubectl's command. */
export interface Line {
  readonly args: readonly string[];
  /** Files in the working directory. */
  readonly files?: Readonly<Record<string, string>>;
  /** The file that stdin is read from. */
  readonly stdin?: string;
  /** It never ends by itself: it is killed after so many ms, and only what it wrote is compared. */
  readonly endless?: number;
}

/** What generators know of the cluster: names that exist, and whole objects to take paths from. */
export interface Known {
  readonly resources: readonly KnownResource[];
  readonly objects: readonly KnownObject[];
  /** Names of flags by command ("rollout status"), with kind of value; from the real kubectl's own help. */
  readonly flags: Readonly<
    Record<string, readonly (readonly [name: string, letter: string, shown: string, kind: string])[]>
  >;
  readonly globalFlags: readonly (readonly [name: string, letter: string, shown: string, kind: string])[];
}
export interface KnownResource {
  readonly name: string;
  readonly shortNames: readonly string[];
  readonly singular: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
}
export interface KnownObject {
  readonly resource: KnownResource;
  readonly namespace: string;
  readonly name: string;
  readonly object: unknown;
}

export type Generator = (random: Random, known: Known) => Line;

/** A way to write the resource: plural, singular, short name, kind, with group, with version and group. */
export function typeWord(random: Random, resource: KnownResource): string {
  const { name, singular, shortNames, kind, group, version } = resource;
  const ways = [
    name,
    name,
    singular,
    kind.toLowerCase(),
    kind,
    ...shortNames,
    `${name}.${group}`,
    `${name}.${version}.${group}`,
  ];
  if (group === "") ways.push(`${name}.${version}.`, `${name}.`);
  return random.pick(ways.filter((way) => way !== "" && !(way.endsWith(".") && group !== "")));
}

const IN_KIND = 0.12;
/** Arguments that name objects: TYPE NAME, TYPE/NAME, several, types alone, selectors, mistakes. */
export function objectArgs(random: Random, known: Known, kinds?: readonly string[]): string[] {
  const wanted = known.objects.filter(({ resource }) => kinds === undefined || kinds.includes(resource.name));
  const from = random.chance(IN_KIND) || wanted.length === 0 ? known.objects : wanted;
  const { resource, namespace, name } = random.pick(from);
  const scope =
    namespace === "" || (namespace === "default" && random.chance(0.8))
      ? []
      : random.pick([["-n", namespace], [`--namespace=${namespace}`], random.chance(0.3) ? [] : ["-n", namespace]]);
  const type = typeWord(random, resource);
  const same = from.filter((one) => one.resource === resource && one.namespace === namespace);
  const form = random.below(20);
  if (form < 7) return [type, name, ...scope];
  if (form < 11) return [`${type}/${name}`, ...scope];
  if (form < 13) return [type, ...random.some(same, 3).map((one) => one.name), ...scope];
  if (form === 13) return [...random.some(wanted, 3).map((one) => `${one.resource.name}/${one.name}`), ...scope];
  if (form === 14)
    return [
      `${type},${typeWord(random, random.pick(known.resources))}`,
      ...(random.chance(0.5) ? [name] : []),
      ...scope,
    ];
  if (form === 15) return [type, ...scope, "-l", random.pick(SELECTORS)];
  if (form === 16) return [type, random.pick(["none", "", "Bad_Name", "a/b", "-", "all", "*"]), ...scope];
  if (form === 17)
    return [random.pick([type, "all", "nope", "pods.nope", "po,nope", "all,secrets", "", ","]), ...scope];
  if (form === 18) return [type, "-A"];
  return [type, ...scope];
}

export const SELECTORS = [
  "app=odd",
  "app!=odd",
  "app in (odd,halfway)",
  "app notin (odd)",
  "app",
  "!app",
  "app==web,tier",
  "app=",
  "a=b=c",
  "app in ()",
  "app in odd",
  "(",
  "turn>3",
  "turn>x",
  "=x",
  "app,",
  "a b",
  "-a=b",
  "app=odd,app=halfway",
  "a/b/c=d",
  "app=Ünï",
  "",
] as const;
export const FIELD_SELECTORS = [
  "metadata.name=odd",
  "metadata.namespace=default",
  "status.phase=Running",
  "status.phase!=Running",
  "spec.nodeName=ill-1",
  "nope=x",
  "metadata.name",
  "metadata.name=a,metadata.name=b",
  "spec.color=blue",
  "=",
  "metadata.name==odd",
  "type=Warning",
  "involvedObject.kind=Pod",
  "metadata.labels.a=b",
  "status.phase=a\\,b",
  "metadata.name=*",
] as const;

/** The words, in `share` of all cases. */
export const maybe = (random: Random, share: number, ...words: readonly string[]): readonly string[] =>
  random.chance(share) ? words : [];

/** What the server serves, and which resource a word means (client-go's discovery, RESTMapper and shortcut expander). */
import { quote } from "../../encoding/index.ts";
import { ApiError, CommandError, NoResourceMatch } from "../errors.ts";
import { apiVersionOf, type Json, type JsonObject, listAt, parseApiVersion, textAt } from "../object.ts";
import type { Rest } from "./rest.ts";

/** One served resource: a RESTMapping. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, as in paths. */
  readonly name: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

export const apiVersion = (resource: Resource): string => apiVersionOf(resource.group, resource.version);
/** "statefulsets.apps", "pods": as messages name a resource. */
export const groupResource = (resource: Resource): string =>
  resource.group === "" ? resource.name : `${resource.name}.${resource.group}`;
/** "statefulset.apps", "pod": as results name a kind. */
export const groupKind = (resource: Resource): string =>
  resource.group === "" ? resource.kind.toLowerCase() : `${resource.kind.toLowerCase()}.${resource.group}`;

function basePath(group: string, version: string): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** Path of a collection or an object. */
/** Throws where a text cannot stand in a path by itself (client-go's rest.IsValidPathSegmentName). */
export function checkSegment(what: string, text: string): void {
  const problems = [".", ".."].includes(text)
    ? [`may not be '${text}'`]
    : ["/", "%"].filter((letter) => text.includes(letter)).map((letter) => `may not contain '${letter}'`);
  if (problems.length > 0) throw new CommandError(`invalid ${what} ${quote(text)}: [${problems.join(" ")}]`);
}

export function pathOf(resource: Resource, namespace: string, name?: string, subresource = ""): string {
  // An object without a name is no path to all of them.
  if (name === "") throw new CommandError("resource name may not be empty");
  if (resource.namespaced) checkSegment("namespace", namespace);
  checkSegment("resource name", name ?? "");
  const scope = resource.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  const sub = subresource === "" ? "" : `/${subresource}`;
  return `${basePath(resource.group, resource.version)}${scope}/${resource.name}${object}${sub}`;
}

/** For all that is served at once, where the server can. */
export const AGGREGATED =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

const texts = (value: Json[]): string[] => value.map(String);

function fromAggregated(document: Json): Resource[] {
  return listAt(document, "items").flatMap((group) =>
    listAt(group, "versions").flatMap((version) =>
      listAt(version, "resources").map((resource) => ({
        group: textAt(group, "metadata", "name"),
        version: textAt(version, "version"),
        kind: textAt(resource, "responseKind", "kind"),
        name: textAt(resource, "resource"),
        singular: textAt(resource, "singularResource"),
        namespaced: textAt(resource, "scope") === "Namespaced",
        shortNames: texts(listAt(resource, "shortNames")),
        categories: texts(listAt(resource, "categories")),
        verbs: texts(listAt(resource, "verbs")),
        subresources: listAt(resource, "subresources").map((sub) => textAt(sub, "subresource")),
      })),
    ),
  );
}

export function fromResourceList(group: string, version: string, document: Json): Resource[] {
  const entries = listAt(document, "resources");
  const names = entries.map((entry) => textAt(entry, "name"));
  return entries
    .filter((entry) => !textAt(entry, "name").includes("/"))
    .map((entry) => {
      const name = textAt(entry, "name");
      return {
        group,
        version,
        kind: textAt(entry, "kind"),
        name,
        singular: textAt(entry, "singularName"),
        namespaced: textAt(entry, "namespaced") === "true",
        shortNames: texts(listAt(entry, "shortNames")),
        categories: texts(listAt(entry, "categories")),
        verbs: texts(listAt(entry, "verbs")),
        subresources: names
          .filter((other) => other.startsWith(`${name}/`))
          .map((other) => other.slice(name.length + 1)),
      };
    });
}

/** Everything served, groups in the server's order, versions by preference. */
async function discover(
  rest: Rest,
): Promise<{ readonly found: readonly Resource[]; readonly documents: readonly JsonObject[] }> {
  const found: Resource[] = [];
  const documents: JsonObject[] = [];
  for (const root of ["/api", "/apis"]) {
    const document = await rest.discovery(root, AGGREGATED);
    documents.push(document);
    if (textAt(document, "kind") === "APIGroupDiscoveryList") {
      found.push(...fromAggregated(document));
      continue;
    }
    const versions =
      root === "/api"
        ? listAt(document, "versions").map((version) => ({ group: "", version: String(version) }))
        : listAt(document, "groups").flatMap((group) =>
            listAt(group, "versions").map((version) => parseApiVersion(textAt(version, "groupVersion"))),
          );
    for (const { group, version } of versions) {
      try {
        found.push(...fromResourceList(group, version, await rest.discovery(basePath(group, version))));
      } catch (error) {
        // One broken group does not hide the others (an aggregated API that is down).
        if (!(error instanceof ApiError)) throw error;
      }
    }
  }
  return { found, documents };
}

const same = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/** Finds resources by the words people use. */
export class ResourceMap {
  readonly resources: readonly Resource[];

  constructor(resources: readonly Resource[]) {
    this.resources = resources;
  }

  /** With the answers they come from. */
  static async load(rest: Rest): Promise<{ readonly map: ResourceMap; readonly documents: readonly JsonObject[] }> {
    const { found, documents } = await discover(rest);
    return { map: new ResourceMap(found), documents };
  }

  /** The resource a type argument means: plural, singular, short name or kind, with or without version and group. */
  find(argument: string): Resource {
    const [name = "", ...rest] = argument.split(".");
    const [first = "", ...more] = rest;
    // "deployments.v1.apps" before "deployments.apps", as ParseResourceArg.
    const readings =
      rest.length === 0
        ? [{ group: undefined, version: undefined }]
        : [
            ...(more.length > 0 ? [{ version: first, group: more.join(".") }] : []),
            { version: undefined, group: rest.join(".") },
          ];
    for (const { group, version } of readings) {
      const found = this.resources.filter(
        (one) =>
          (group === undefined || one.group === group || one.group.startsWith(`${group}.`)) &&
          (version === undefined || one.version === version),
      );
      const match =
        found.find((one) => same(one.name, name) || same(one.singular, name)) ??
        found.find((one) => one.shortNames.some((short) => short === name)) ??
        found.find((one) => same(one.kind, name));
      if (match !== undefined) return match;
    }
    throw new NoResourceMatch(name);
  }

  /** Upstream's warning where a short name stands for resources of several groups; undefined where it does not. */
  ambiguity(argument: string): string | undefined {
    if (this.resources.some((one) => same(one.name, argument) || same(one.singular, argument))) return undefined;
    const [first, ...others] = this.resources.filter((one) => one.shortNames.includes(argument));
    const other = others.find((one) => one.group !== first?.group);
    return other === undefined
      ? undefined
      : `short name "${argument}" could also match lower priority resource ${groupResource(other)}`;
  }

  /** The resource of a kind; undefined where nothing serves it. */
  byKind(kind: string, group: string, version?: string): Resource | undefined {
    return this.resources.find(
      (one) => one.kind === kind && one.group === group && (version === undefined || one.version === version),
    );
  }

  byName(name: string, group: string): Resource | undefined {
    return this.resources.find((one) => one.name === name && one.group === group);
  }

  /** The resource for a manifest's apiVersion and kind, or upstream's complaint. */
  forObject(kind: string, version: string): Resource {
    const parsed = parseApiVersion(version);
    // Nothing said about the version leaves the choice to the server, of what is in no group.
    const found = this.byKind(kind, parsed.group, version === "" ? undefined : parsed.version);
    if (found === undefined) throw new CommandError(`no matches for kind "${kind}" in version "${version}"`);
    return found;
  }

  /** Resources of a category such as "all", in the order upstream lists them; empty where there is no such category. */
  category(name: string): Resource[] {
    const seen = new Set<string>();
    return this.resources.filter((one) => {
      const key = groupResource(one);
      if (!one.categories.includes(name) || seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }
}

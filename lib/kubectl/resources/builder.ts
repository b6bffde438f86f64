/**
 * From arguments and flags to objects: TYPE NAME..., TYPE/NAME..., a,b, -f, -l, --field-selector, -A, --all.
 * Mirrors k8s.io/cli-runtime/pkg/resource/builder.go in rules and words.
 */

import { quote } from "../../encoding/index.ts";
import { apiVersion, groupResource, pathOf, type Resource } from "../client/discovery.ts";
import type { Query, Rest } from "../client/rest.ts";
import { askForSchemas } from "../client/schemas.ts";
import { matchesSelector, selectorProblem } from "../commands/selectors.ts";
import { undecodable, unregistered } from "../commands/unregistered.ts";
import { CommandError, isApiError, isNotFound, NoResourceMatch, throwAll } from "../errors.ts";
import { fieldValidation, type Invocation } from "../invocation.ts";
import { klogLine } from "../klog.ts";
import { buildKustomization } from "../kustomize/build.ts";
import { type KubeObject, nameOf, namespaceOf, stringsAt, textAt } from "../object.ts";
import { readManifests } from "./files.ts";

/** One object to work on: as found in a file, or only named. */
export interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  /** The file it came from; "" for arguments. */
  readonly source: string;
  /** Present for objects from files, and for those a list brought. */
  object?: KubeObject;
}

/** Some objects of one resource by query. */
interface ListQuery {
  readonly resource: Resource;
  readonly namespace: string;
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

export interface Selection {
  readonly targets: Target[];
  readonly queries: ListQuery[];
  readonly errors: unknown[];
  /** How many targets came before each error; all of them where it is not said. */
  readonly places?: readonly number[];
  /** One object was named: it is shown by itself, not in a list. */
  readonly single: boolean;
  /** So few were asked for that what goes wrong with them is all there is to say. */
  readonly implied: boolean;
  readonly fromFiles: boolean;
}

interface BuildOptions {
  readonly args?: readonly string[];
  /** Types given are enough: everything of them is meant (get, describe; delete and label with --all). */
  readonly all?: boolean;
  /** --all was given: a selector that everything matches. */
  readonly everything?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly allNamespaces?: boolean;
  /** Objects in files may come from another namespace than --namespace says. */
  readonly skipNamespaceCheck?: boolean;
  /** Files only: no arguments. */
  readonly subresource?: string;
  /** Input must look like an object before its kind is looked up (commands with --validate). */
  readonly validate?: boolean;
  /** Objects are read into Go types, which not all kinds have. */
  readonly typed?: boolean;
  /** What else is wrong, told beside the files that are missing. */
  readonly alsoWrong?: readonly unknown[];
  /** -f is about other objects than these arguments. */
  readonly noFiles?: boolean;
}

export async function build(invocation: Invocation, options: BuildOptions): Promise<Selection> {
  const { flags } = invocation;
  const args = options.args ?? [];
  const files = flags.has("filename") && options.noFiles !== true ? flags.list("filename") : [];
  const kustomize = flags.optional("kustomize");
  if (kustomize !== "") {
    if (files.length > 0) throw new CommandError("only one of -f or -k can be specified");
    if (flags.bool("recursive")) throw new CommandError("the -k flag can't be used with -f or -R");
    refuseArgumentsBesideFiles(args);
    const warn = (line: string) => invocation.err(`${line}\n`);
    const built = await buildKustomization(invocation.process, kustomize, warn);
    const objects = built.map((object) => ({ object, source: kustomize }));
    return fromObjects(invocation, { objects, errors: [], places: [] }, 1, options);
  }
  const selector = options.selector ?? "";
  const pairs = args.some((word) => word.includes("/"));
  throwAll([
    ...missingFiles(invocation, files),
    ...(pairs ? pairProblems(args) : categoryProblems(invocation, args)),
    ...(options.alsoWrong ?? []),
  ]);
  if (files.length > 0) {
    refuseArgumentsBesideFiles(args);
    const asked = flags.optional("selector");
    const problem = asked === "" ? undefined : selectorProblem(asked);
    if (problem !== undefined) throw new CommandError(`the provided selector ${quote(asked)} is not valid: ${problem}`);
    return fromFiles(invocation, files, flags.bool("recursive"), options);
  }
  const words = [...args];
  if (words[0] === "") throw new NoResourceMatch("");
  if (pairs) return fromPairs(invocation, words, options);
  return fromTypes(invocation, words, selector, options);
}

/** Files that are not there. */
export const missingFiles = ({ process }: Invocation, files: readonly string[]): CommandError[] =>
  files
    .filter((file) => !/^(-$|https?:)/.test(file) && !process.files.exists(file))
    .map((file) => new CommandError(`the path "${file}" does not exist`));

/** What is wrong with TYPE/NAME arguments by themselves. */
export function pairProblems(words: readonly string[]): CommandError[] {
  if (words.some((word) => !word.includes("/")))
    return [
      new CommandError(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
      ),
    ];
  for (const word of words) {
    const [type = "", name = "", ...more] = word.split("/");
    if (more.length > 0) return [new CommandError("arguments in resource/name form may not have more than one slash")];
    if (type === "" || name === "")
      return [new CommandError("arguments in resource/name form must have a single resource and name")];
  }
  return [];
}

/** Categories are looked up as soon as there are types, and who cannot be asked is told of beside other mistakes. */
function categoryProblems(invocation: Invocation, args: readonly string[]): unknown[] {
  if (args.length === 0) return [];
  try {
    invocation.checkAccess();
    return [];
  } catch (error) {
    return (args[0] ?? "").split(",").map(() => error);
  }
}

function refuseArgumentsBesideFiles(args: readonly string[]): void {
  if (args.length === 0) return;
  throw new CommandError(
    args.some((word) => word.includes("/"))
      ? "resource/name arguments cannot be provided when a path is specified"
      : "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
  );
}

/** Errors of the input and of its objects (by number), in the order of the input. */
export function inOrder(
  { errors, places, targets }: Pick<Selection, "errors" | "places" | "targets">,
  failures: ReadonlyMap<number, unknown>,
): unknown[] {
  const all: (readonly [place: number, after: number, error: unknown])[] = errors.map((error, i) => [
    places?.[i] ?? (places === undefined ? -1 : targets.length),
    0,
    error,
  ]);
  for (const [number, error] of failures) all.push([number, 1, error]);
  return all.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , error]) => error);
}

const selects = (options: BuildOptions): boolean =>
  options.everything === true || (options.selector ?? "") !== "" || (options.fieldSelector ?? "") !== "";

async function fromFiles(
  invocation: Invocation,
  files: readonly string[],
  recursive: boolean,
  options: BuildOptions,
): Promise<Selection> {
  const validate = options.validate === true && fieldValidation(invocation) !== "Ignore";
  const read = await readManifests(invocation.process, files, recursive, validate);
  return fromObjects(invocation, read, impliesOne(invocation, files) ? 1 : files.length + 1, options);
}

/** One file, which is no directory and not stdin. */
function impliesOne({ process }: Invocation, files: readonly string[]): boolean {
  const [file = "-"] = files;
  return (
    files.length === 1 && file !== "-" && process.files.exists(file) && process.files.stat(file).type !== "directory"
  );
}

const UNCHECKED = "cannot perform warn validation if server-side field validation is unsupported, skipping validation";

/** `inputs`: one is needed for one object to be shown by itself. */
async function fromObjects(
  invocation: Invocation,
  read: Pick<Awaited<ReturnType<typeof readManifests>>, "objects" | "errors" | "places">,
  inputs: number,
  options: BuildOptions,
): Promise<Selection> {
  const targets: Target[] = [];
  const errors: unknown[] = [];
  const places: number[] = [];
  const fail = (error: unknown): void => {
    errors.push(error);
    places.push(targets.length);
  };
  let told = 0;
  const tellUpTo = (place: number): void => {
    for (; told < read.errors.length && (read.places[told] ?? 0) <= place; told++) fail(read.errors[told]);
  };
  const selector = options.selector ?? "";
  for (const [i, { object, source }] of read.objects.entries()) {
    tellUpTo(i);
    const kind = textAt(object, "kind");
    const version = textAt(object, "apiVersion");
    const problem = options.typed === true ? undecodable(object) : undefined;
    if (problem !== undefined) {
      fail(new CommandError(`unable to decode ${quote(source)}: ${problem}`));
      continue;
    }
    let resource: Resource;
    try {
      resource = await invocation.lookUp((map) => map.forObject(kind, version));
    } catch (error) {
      // What no server knows it cannot check either.
      if (options.validate === true && fieldValidation(invocation) === "Warn")
        await invocation.err(klogLine(invocation, "W", "schema.go:145", UNCHECKED));
      fail(
        error instanceof CommandError
          ? new CommandError(
              `resource mapping not found for name: "${nameOf(object)}" namespace: "${namespaceOf(object)}" from "${source}": ${error.message}\nensure CRDs are installed first`,
            )
          : error,
      );
      continue;
    }
    if (options.validate === true && fieldValidation(invocation) !== "Ignore")
      await askForSchemas(invocation, resource);
    if (selector !== "" && !matchesSelector(selector, stringsAt(object, "metadata", "labels"))) continue;
    const own = namespaceOf(object);
    const { namespace, enforceNamespace } = invocation;
    if (resource.namespaced && own !== "" && enforceNamespace && own !== namespace) {
      fail(
        new CommandError(
          `the namespace from the provided object "${own}" does not match the namespace "${namespace}". You must pass '--namespace=${own}' to perform this operation.`,
        ),
      );
      continue;
    }
    if (resource.namespaced && own === "" && options.skipNamespaceCheck !== true) {
      object["metadata"] ??= {};
      const metadata = object["metadata"];
      if (typeof metadata === "object" && metadata !== null && !Array.isArray(metadata))
        metadata["namespace"] = namespace;
    }
    targets.push({
      resource,
      namespace: resource.namespaced ? own || namespace : "",
      name: nameOf(object),
      source,
      object,
    });
  }
  tellUpTo(read.objects.length);
  return {
    targets,
    queries: [],
    errors,
    places,
    single: targets.length === 1 && inputs === 1 && errors.length === 0,
    implied: inputs === 1,
    fromFiles: true,
  };
}

async function fromPairs(invocation: Invocation, words: readonly string[], options: BuildOptions): Promise<Selection> {
  invocation.discoveryAttempts = 4;
  const targets: Target[] = [];
  for (const word of words) {
    const [type = "", name = ""] = word.split("/");
    const resource = await findResource(invocation, type);
    if (options.allNamespaces === true && resource.namespaced)
      throw new CommandError("a resource cannot be retrieved by name across all namespaces");
    targets.push({ resource, namespace: resource.namespaced ? invocation.namespace : "", name, source: "" });
  }
  if (selects(options))
    throw new CommandError("selectors and the all flag cannot be used when passing resource/name arguments");
  const single = targets.length === 1;
  return { targets, queries: [], errors: [], single, implied: single, fromFiles: false };
}

/** The resource a word stands for, with a warning where it could stand for another. */
export async function findResource(invocation: Invocation, type: string): Promise<Resource> {
  const resource = await invocation.lookUp((map) => map.find(type));
  const warning = (await invocation.resources()).ambiguity(type);
  if (warning !== undefined) invocation.warn(warning);
  return resource;
}

/** Resources a comma-separated type argument means; categories are replaced by what is in them. */
async function resolveTypes(invocation: Invocation, argument: string): Promise<Resource[]> {
  const found: Resource[] = [];
  const seen = new Set<string>();
  for (const type of argument.split(",")) {
    if (type === "") throw new NoResourceMatch("");
    const category = (await invocation.resources()).category(type);
    const resources = category.length > 0 ? category : [await findResource(invocation, type)];
    for (const resource of resources) {
      const key = `${groupResource(resource)}/${apiVersion(resource)}`;
      if (!seen.has(key)) {
        seen.add(key);
        found.push(resource);
      }
    }
  }
  return found;
}

/** Neither arguments nor files. */
export const nothingNamed = (): CommandError =>
  new CommandError(
    "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
  );

async function fromTypes(
  invocation: Invocation,
  words: readonly string[],
  selector: string,
  options: BuildOptions,
): Promise<Selection> {
  const [type, ...names] = words;
  if (type === undefined) {
    if (selects(options)) throw new CommandError("at least one resource must be specified to use a selector");
    throw nothingNamed();
  }
  // Once for each type, beyond those for the whole.
  invocation.discoveryAttempts = 4 + type.split(",").length;
  const fieldSelector = options.fieldSelector ?? "";
  const namespace = options.allNamespaces === true ? "" : invocation.namespace;
  if (names.length > 0) {
    if (selects(options)) throw new CommandError("name cannot be provided when a selector is specified");
    const resources = await resolveTypes(invocation, type);
    if (options.allNamespaces === true && resources.some(({ namespaced }) => namespaced))
      throw new CommandError("a resource cannot be retrieved by name across all namespaces");
    if (resources.length === 0) throw new NoResourceMatch(type);
    const unique = [...new Set(names)];
    return {
      targets: resources.flatMap((resource) =>
        unique.map((name) => ({ resource, namespace: resource.namespaced ? namespace : "", name, source: "" })),
      ),
      queries: [],
      errors: [],
      single: unique.length === 1 && resources.length === 1,
      implied: unique.length === 1 && resources.length === 1,
      fromFiles: false,
    };
  }
  const resources = await resolveTypes(invocation, type);
  if (!selects(options) && options.all !== true) {
    throw new CommandError("resource(s) were provided, but no name was specified");
  }
  return {
    targets: [],
    queries: resources.map((resource) => ({
      resource,
      namespace: resource.namespaced ? namespace : "",
      labelSelector: selector,
      fieldSelector,
    })),
    errors: [],
    single: false,
    implied: false,
    fromFiles: false,
  };
}

/** What upstream says where the server refuses a list by selector (BadRequest, NotFound). */
export function listError(query: ListQuery, error: unknown): unknown {
  if (query.labelSelector === "" && query.fieldSelector === "") return error;
  if (!isApiError(error, "BadRequest") && !isApiError(error, "NotFound")) return error;
  const { group, version, name } = query.resource;
  return error.prefixed(
    `Unable to find "${group === "" ? `/${version}` : `${group}/${version}`}, Resource=${name}" that match label selector "${query.labelSelector}", field selector "${query.fieldSelector}"`,
  );
}

/** The objects of a query, page by page, each with its apiVersion and kind. */
export async function list(
  invocation: Invocation,
  query: ListQuery,
  chunk = 500,
  extra: Query = {},
): Promise<KubeObject> {
  const rest = await invocation.rest();
  const path = pathOf(query.resource, query.namespace);
  let whole: KubeObject | undefined;
  let token = "";
  do {
    const page = await rest.get(path, {
      labelSelector: query.labelSelector,
      fieldSelector: query.fieldSelector,
      ...(chunk > 0 ? { limit: chunk } : {}),
      continue: token,
      ...extra,
    });
    if (whole === undefined) whole = page;
    else (whole["items"] as KubeObject[]).push(...((page["items"] ?? []) as KubeObject[]));
    token = textAt(page, "metadata", "continue");
  } while (token !== "");
  const kind = query.resource.kind;
  const items = (whole?.["items"] ?? []) as KubeObject[];
  for (const item of items) {
    item["apiVersion"] ??= apiVersion(query.resource);
    item["kind"] ??= kind;
  }
  return { ...whole, items };
}

/** A named object. Where it is missing because its namespace is, that is what is said (cli-runtime's Info.Get). */
export async function getNamed(
  rest: Rest,
  { resource, namespace, name }: Pick<Target, "resource" | "namespace" | "name">,
  subresource = "",
  query?: Query,
  accept?: string,
): Promise<KubeObject> {
  try {
    return await rest.get(pathOf(resource, namespace, name, subresource), query, accept);
  } catch (error) {
    if (!isNotFound(error) || namespace === "" || namespace === "default") throw error;
    await rest.get(`/api/v1/namespaces/${encodeURIComponent(namespace)}`).catch((other: unknown) => {
      throw isNotFound(other) ? other : error;
    });
    throw error;
  }
}

/** As `fetchAll`, but objects from files are taken as they stand there. */
export async function fetchNamed(
  invocation: Invocation,
  selection: Selection,
): Promise<{ readonly targets: (Target & { object: KubeObject })[]; readonly errors: unknown[] }> {
  if (!selection.fromFiles) return fetchAll(invocation, selection);
  const targets = selection.targets.flatMap((target) =>
    target.object === undefined ? [] : [{ ...target, object: target.object }],
  );
  return { targets, errors: [...selection.errors] };
}

/** One object of a selection, as the server has it. */
export type Found = Target & { object: KubeObject };

/**
 * Calls `work` with each object of a selection, read from the server when it is its turn, and collects what goes wrong
 * with any of them in their order (Result.Visit with ContinueOnError).
 */
export async function visitEach(
  invocation: Invocation,
  selection: Selection,
  work: (found: Found) => Promise<void>,
  {
    typed = false,
    latest = true,
  }: {
    /** They are read into Go types: of kinds that have none there is nothing to see. */
    readonly typed?: boolean;
    /** Objects of files are read from the server, too. */
    readonly latest?: boolean;
  } = {},
): Promise<unknown[]> {
  const refuse = (resource: Resource, list: boolean): void => {
    const problem = typed ? unregistered(resource, list) : undefined;
    if (problem !== undefined) throw problem;
  };
  const rest = await invocation.rest();
  const failures = new Map<number, unknown>();
  const attempt = async (run: () => Promise<void>, fail: (error: unknown) => void): Promise<void> => {
    try {
      await run();
    } catch (error) {
      fail(error);
    }
  };
  for (const [i, target] of selection.targets.entries()) {
    const unnamed = target.name === "" || !latest ? target.object : undefined;
    await attempt(
      async () => {
        const object = unnamed ?? (await getNamed(rest, target));
        refuse(target.resource, false);
        await work({ ...target, object });
      },
      (error) => failures.set(i, error),
    );
  }
  const errors = inOrder(selection, failures);
  const fail = (error: unknown) => errors.push(error);
  for (const query of selection.queries) {
    let items: KubeObject[];
    try {
      items = (await list(invocation, query, 0))["items"] as KubeObject[];
      refuse(query.resource, true);
    } catch (error) {
      fail(listError(query, error));
      continue;
    }
    for (const object of items)
      await attempt(
        () =>
          work({
            resource: query.resource,
            namespace: namespaceOf(object),
            name: nameOf(object),
            source: "",
            object,
          }),
        fail,
      );
  }
  return errors;
}

/** All objects of a selection, read from the server. Errors of single objects are collected. */
export async function fetchAll(
  invocation: Invocation,
  selection: Selection,
  subresource = "",
  /** They are read into Go types: of kinds that have none there is nothing to see. */
  typed = false,
): Promise<{ readonly targets: (Target & { object: KubeObject })[]; readonly errors: unknown[] }> {
  const failures = new Map<number, unknown>();
  const targets: (Target & { object: KubeObject })[] = [];
  const rest = await invocation.rest();
  for (const [i, target] of selection.targets.entries()) {
    try {
      // What has no name yet is not there yet, and is taken as the file has it (RetrieveLatest).
      const unnamed = target.name === "" ? target.object : undefined;
      const object = unnamed ?? (await getNamed(rest, target, subresource));
      const problem = typed ? unregistered(target.resource) : undefined;
      if (problem !== undefined) throw problem;
      targets.push({ ...target, object });
    } catch (error) {
      failures.set(i, error);
    }
  }
  const errors = inOrder(selection, failures);
  for (const query of selection.queries) {
    try {
      const { items } = await list(invocation, query, 0);
      const problem = typed ? unregistered(query.resource, true) : undefined;
      if (problem !== undefined) throw problem;
      for (const object of (items ?? []) as KubeObject[]) {
        targets.push({
          resource: query.resource,
          namespace: namespaceOf(object),
          name: nameOf(object),
          source: "",
          object,
        });
      }
    } catch (error) {
      errors.push(listError(query, error));
    }
  }
  return { targets, errors };
}

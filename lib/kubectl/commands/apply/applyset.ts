/**
 * apply --applyset: what belongs together is kept in labels and in a parent object, so that prune knows it
 * (k8s.io/kubectl/pkg/cmd/apply/applyset.go; alpha, with KUBECTL_APPLYSET=true).
 */

import { digest, encodeBase64Url, quote } from "../../../encoding/index.ts";
import { apiVersion, groupResource, pathOf, type Resource } from "../../client/discovery.ts";
import { CLIENT_VERSION } from "../../client/version.ts";
import { ApiError, CommandError, isApiError, isNotFound } from "../../errors.ts";
import { type DryRun, dryRunQuery, fieldValidation, type Invocation } from "../../invocation.ts";
import { klogLine } from "../../klog.ts";
import { type JsonObject, type KubeObject, listAt, nameOf, objectAt, stringsAt, textAt } from "../../object.ts";
import { list } from "../../resources/builder.ts";
import { removePruned } from "./prune.ts";

const PREFIX = "applyset.kubernetes.io";
const TOOLING = `${PREFIX}/tooling`;
const KINDS = `${PREFIX}/contains-group-kinds`;
const NAMESPACES = `${PREFIX}/additional-namespaces`;
const ID = `${PREFIX}/id`;
const PART_OF = `${PREFIX}/part-of`;
const PARENT_TYPE = `${PREFIX}/is-parent-type`;
const MANAGER = "kubectl-applyset";
const BUILT_IN_PARENTS = ["secrets", "configmaps"];

/** "Secret", "StatefulSet.apps": a kind as annotations name it. */
const groupKindText = ({ kind, group }: Resource): string => (group === "" ? kind : `${kind}.${group}`);

async function identify(parts: readonly string[]): Promise<string> {
  const hash = digest("sha256", parts.join("."));
  return `applyset-${encodeBase64Url(hash)}-v1`;
}

/** One run's view of a set: what was in it, and what is in it now. */
export class ApplySet {
  readonly #invocation: Invocation;
  readonly #parent: Resource;
  readonly #name: string;
  readonly #id: string;
  readonly #namespace: string;
  readonly #before = { kinds: new Map<string, Resource>(), namespaces: new Set<string>() };
  readonly #now = { kinds: new Map<string, Resource>(), namespaces: new Set<string>() };

  private constructor(invocation: Invocation, parent: Resource, name: string, namespace: string, id: string) {
    this.#invocation = invocation;
    this.#parent = parent;
    this.#name = name;
    this.#namespace = namespace;
    this.#id = id;
  }

  /** From --applyset=[RESOURCE[.GROUP]/]NAME. */
  static async parse(invocation: Invocation, reference: string): Promise<ApplySet> {
    const [type = "", given] = reference.includes("/")
      ? [reference.slice(0, reference.indexOf("/")), reference.slice(reference.indexOf("/") + 1)]
      : ["secrets", reference];
    const dot = type.indexOf(".");
    const [word, group] = dot === -1 ? [type, ""] : [type.slice(0, dot), type.slice(dot + 1)];
    const parent = await invocation.lookUp((map) => map.find(type)).catch(() => undefined);
    if (parent === undefined)
      throw new CommandError(
        `invalid parent reference ${quote(reference)}: no matches for ${group}/, Resource=${word}`,
      );
    if (given === "") throw new CommandError(`invalid parent reference ${quote(reference)}: name cannot be blank`);
    const { enforceNamespace, namespace } = invocation;
    const scope = parent.namespaced && enforceNamespace ? namespace : "";
    return new ApplySet(
      invocation,
      parent,
      given ?? "",
      scope,
      await identify([given ?? "", scope, parent.kind, parent.group]),
    );
  }

  get #reference(): string {
    return quote(`${this.#parent.name}.${this.#parent.group}/${this.#name}`);
  }

  async validate(): Promise<void> {
    if (this.#parent.namespaced && this.#namespace === "")
      throw new CommandError("namespace is required to use namespace-scoped ApplySet");
    if (this.#parent.group === "" && BUILT_IN_PARENTS.includes(this.#parent.name)) return;
    const rest = await this.#invocation.rest();
    const definitions = await rest.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      labelSelector: PARENT_TYPE,
    });
    const allowed = listAt(definitions, "items").map((item) => nameOf(item as KubeObject));
    if (allowed.includes(groupResource(this.#parent))) return;
    const version = this.#parent.group === "" ? `/${this.#parent.version}` : apiVersion(this.#parent);
    throw new CommandError(
      `resource "${version}, Resource=${this.#parent.name}" is not permitted as an ApplySet parent`,
    );
  }

  /** Puts the set's label on an object of the input. */
  adopt(object: KubeObject): void {
    const labels = stringsAt(object, "metadata", "labels");
    if (Object.hasOwn(labels, PART_OF))
      throw new CommandError(`ApplySet label ${quote(PART_OF)} already set in input data`);
    object["metadata"] = { ...objectAt(object, "metadata"), labels: { ...labels, [PART_OF]: this.#id } };
  }

  /** Reads what the parent says is in the set. A parent that does not exist yet is an empty set. */
  async load(): Promise<void> {
    const rest = await this.#invocation.rest();
    let parent: KubeObject;
    try {
      parent = await rest.get(pathOf(this.#parent, this.#namespace, this.#name));
    } catch (error) {
      if (!isNotFound(error)) {
        throw new CommandError(
          `failed to fetch ApplySet parent object ${this.#reference}: ${(error as Error).message}`,
        );
      }
      if (this.#parent.group !== "" || !BUILT_IN_PARENTS.includes(this.#parent.name))
        throw new CommandError("custom resource ApplySet parents cannot be created automatically");
      return;
    }
    const annotations = stringsAt(parent, "metadata", "annotations");
    const fail = (words: string): never => {
      throw new CommandError(`ApplySet parent object ${this.#reference} ${words}`);
    };
    const tooling = annotations[TOOLING] ?? fail(`already exists and is missing required annotation ${quote(TOOLING)}`);
    const slash = tooling.lastIndexOf("/");
    const tool = slash === -1 ? tooling : tooling.slice(0, slash);
    if (tool !== "kubectl") fail(`already exists and is managed by tooling ${quote(tool)} instead of "kubectl"`);
    const id = stringsAt(parent, "metadata", "labels")[ID] ?? fail(`exists and does not have required label ${ID}`);
    if (id !== this.#id) fail(`exists and has incorrect value for label ${quote(ID)} (got: ${id}, want: ${this.#id})`);
    const kinds = annotations[KINDS];
    if (kinds === undefined) {
      throw new CommandError(
        `parsing ApplySet annotation on ${this.#reference}: kubectl requires the ${quote(KINDS)} annotation to be set on all ApplySet parent objects`,
      );
    }
    for (const text of kinds.split(",").filter((one) => one !== "")) {
      const dot = text.indexOf(".");
      const [kind, group] = dot === -1 ? [text, ""] : [text.slice(0, dot), text.slice(dot + 1)];
      const { resources } = await this.#invocation.resources();
      const resource = resources.find((one) => one.kind === kind && one.group === group);
      if (resource === undefined) {
        throw new CommandError(
          `parsing ApplySet annotation on ${this.#reference}: could not find mapping for kind in ${quote(KINDS)} annotation: no matches for kind ${quote(kind)} in group ${quote(group)}`,
        );
      }
      this.#before.kinds.set(text, resource);
    }
    for (const namespace of (annotations[NAMESPACES] ?? "").split(",").filter((one) => one !== ""))
      this.#before.namespaces.add(namespace);
    if (this.#namespace !== "") this.#before.namespaces.add(this.#namespace);
  }

  /** An object of the input is in the set now. */
  include(resource: Resource, namespace: string): void {
    this.#now.kinds.set(groupKindText(resource), resource);
    if (resource.namespaced && namespace !== "") this.#now.namespaces.add(namespace);
  }

  /** "superset" before applying, so that nothing is orphaned when it fails half-way; "latest" after pruning. */
  async save(mode: "superset" | "latest", dryRun: DryRun): Promise<void> {
    if (dryRun === "client") return;
    const before = mode === "superset" ? this.#before : { kinds: new Map(), namespaces: new Set<string>() };
    const kinds = [...new Set([...before.kinds.keys(), ...this.#now.kinds.keys()])].sort();
    const namespaces = [...new Set([...before.namespaces, ...this.#now.namespaces])]
      .filter((one) => one !== this.#namespace)
      .sort();
    const body: JsonObject = {
      kind: this.#parent.kind,
      apiVersion: apiVersion(this.#parent),
      metadata: {
        name: this.#name,
        ...(this.#namespace === "" ? {} : { namespace: this.#namespace }),
        annotations: {
          [TOOLING]: `kubectl/${textAt(CLIENT_VERSION, "gitVersion")}`,
          [KINDS]: kinds.join(","),
          [NAMESPACES]: namespaces.join(","),
        },
        labels: { [ID]: this.#id },
      },
    };
    const send = async (force: boolean) => {
      const rest = await this.#invocation.rest();
      await rest.json("PATCH", pathOf(this.#parent, this.#namespace, this.#name), {
        body,
        contentType: "application/apply-patch+yaml",
        query: {
          fieldManager: MANAGER,
          fieldValidation: fieldValidation(this.#invocation),
          force,
          ...dryRunQuery(dryRun),
        },
      });
    };
    try {
      await send(false).catch(async (error: unknown) => {
        if (!isApiError(error, "Conflict")) throw error;
        const words = `WARNING: failed to update ApplySet: ${error.message}\nApplySet field manager ${MANAGER} should own these fields. Retrying with conflicts forced.`;
        await this.#invocation.err(klogLine(this.#invocation, "W", "applyset.go:447", words));
        return send(true);
      });
    } catch (error) {
      throw error instanceof ApiError ? new CommandError(`failed to update ApplySet: ${error.message}`) : error;
    }
  }

  /** Deletes members that were not applied now, and tells with `print`. */
  async prune(uids: ReadonlySet<string>, dryRun: DryRun, print: (object: KubeObject) => Promise<void>): Promise<void> {
    const kinds = [...this.#before.kinds.values()];
    const places = [
      ...[...this.#before.namespaces].flatMap((namespace) =>
        kinds.filter((one) => one.namespaced).map((resource) => ({ resource, namespace })),
      ),
      ...kinds.filter((one) => !one.namespaced).map((resource) => ({ resource, namespace: "" })),
    ];
    for (const { resource, namespace } of places) {
      const query = { resource, namespace, labelSelector: `${PART_OF}=${this.#id}`, fieldSelector: "" };
      const { items } = await list(this.#invocation, query, 0);
      for (const object of items as KubeObject[]) {
        if (uids.has(textAt(object, "metadata", "uid"))) continue;
        await removePruned(this.#invocation, resource, object, dryRun);
        await print(object);
      }
    }
  }
}

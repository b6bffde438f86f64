/** kubectl get -w. */
import { apiVersion, groupResource, pathOf } from "../client/discovery.ts";
import type { Query, Rest } from "../client/rest.ts";
import { ApiError, CommandError, PrintError, type Status } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { type JsonObject, listAt, textAt } from "../object.ts";
import { compactJson, sortKeys } from "../printers/json.ts";
import type { Printer } from "../printers/output.ts";
import { TABLE_TABS, TabWriter } from "../printers/tabwriter.ts";
import { getNamed, listError, nothingNamed, type Selection } from "../resources/builder.ts";
import { asTable, sortRows, tableAccept, tablePrinter } from "./get.ts";
import { interruptible } from "./interrupts.ts";

/** What files name is looked at first: the first that is missing is the error. */
async function refuseSeveral(rest: Rest, selection: Selection): Promise<never> {
  for (const one of selection.targets) await getNamed(rest, one);
  throw new CommandError(
    "watch is only supported on individual resources and resource collections - more than 1 resource was found",
  );
}

type WatchTarget = Pick<Selection["targets"][number], "resource">;

/** What prints objects, or Tables of some, with the events that brought them: all of it in columns. */
class Shower {
  readonly #invocation: Invocation;
  readonly #printer: Printer | undefined;
  readonly #writer = new TabWriter(TABLE_TABS);
  readonly #table: ReturnType<typeof tablePrinter>;

  constructor(invocation: Invocation, { resource }: WatchTarget, printer: Printer | undefined) {
    this.#invocation = invocation;
    this.#printer = printer;
    this.#table = tablePrinter(invocation, resource, false);
  }

  async #write(object: JsonObject, type: string): Promise<void> {
    const { flags } = this.#invocation;
    const events = flags.bool("output-watch-events");
    const output = flags.string("output").toLowerCase();
    if (this.#printer === undefined) {
      const sorted = sortRows(asTable(object, this.#invocation.now), flags.string("sort-by"));
      this.#table.print(sorted, this.#writer, events ? type : undefined);
    } else if (!events || output === "name") this.#writer.write(await this.#printer(object));
    else if (output === "json")
      this.#writer.write(`{"type":${JSON.stringify(type)},"object":${compactJson(object)}}\n`);
    else this.#writer.write(await this.#printer({ type, object: sortKeys(object) }, true));
  }

  async show(objects: readonly JsonObject[], type: string): Promise<void> {
    try {
      for (const object of objects) await this.#write(object, type);
    } catch (error) {
      if (error instanceof PrintError) {
        this.#writer.write(error.output);
        await this.#invocation.out(this.#writer.flush());
        throw new PrintError(error.message, "");
      }
      throw error;
    }
    await this.#invocation.out(this.#writer.flush());
  }
}

/** What is there at the beginning. */
async function showAll(objects: readonly JsonObject[], shower: Shower): Promise<void> {
  try {
    await shower.show(objects, "ADDED");
  } catch (error) {
    throw notShown(error);
  }
}

/** Of what is there at the beginning. */
function notShown(error: unknown): unknown {
  const words = `unable to output the provided object: ${(error as Error).message}`;
  if (error instanceof PrintError) return new PrintError(words, "");
  return error instanceof CommandError ? new CommandError(words) : error;
}

/** What there is, page by page, as one list or Table. */
async function allPages(
  invocation: Invocation,
  path: string,
  query: Query,
  accept: string | undefined,
): Promise<JsonObject> {
  const rest = await invocation.rest();
  const limit = invocation.flags.number("chunk-size");
  let whole: JsonObject | undefined;
  for (let token = ""; ; ) {
    const page = await rest.get(path, { ...query, limit: limit > 0 ? limit : undefined, continue: token }, accept);
    for (const field of ["rows", "items"] as const)
      if (whole !== undefined && Array.isArray(page[field])) page[field] = [...listAt(whole, field), ...page[field]];
    whole = page;
    token = textAt(page, "metadata", "continue");
    if (token === "") return whole;
  }
}

export async function watchGet(
  invocation: Invocation,
  selection: Selection,
  /** Undefined: what comes is shown in tables. */
  makePrinter: (() => Printer | undefined) | undefined,
): Promise<void> {
  const { flags } = invocation;
  if (selection.errors.length > 0) throw selection.errors[0];
  const targets = [...selection.targets, ...selection.queries];
  const [target] = targets;
  const kinds = new Set(targets.map((one) => groupResource(one.resource)));
  const accept = makePrinter === undefined ? tableAccept(invocation) : undefined;
  const rest = await invocation.rest();
  if (targets.length > 1 && kinds.size === 1 && !selection.fromFiles) {
    // Upstream shows what there is, then says so.
    const present: JsonObject[] = [];
    for (const one of selection.targets) present.push(await getNamed(rest, one, "", undefined, accept));
    const shower = new Shower(invocation, targets[0] as WatchTarget, makePrinter?.());
    if (!flags.bool("watch-only")) await showAll(present, shower);
    throw new CommandError("you may only watch a single resource or type of resource at a time");
  }
  if (target === undefined) throw nothingNamed();
  if (targets.length > 1) {
    if (selection.fromFiles) await refuseSeveral(rest, selection);
    throw new CommandError(`you may only specify a single resource type`);
  }
  const { resource, namespace } = target;
  const name = "name" in target ? target.name : "";
  if ("name" in target && name === "" && !selection.fromFiles) throw new CommandError("resource name may not be empty");
  const path = pathOf(resource, namespace);
  const query = {
    labelSelector: "labelSelector" in target ? target.labelSelector : "",
    fieldSelector: name !== "" ? `metadata.name=${name}` : "fieldSelector" in target ? target.fieldSelector : "",
  };
  // The present state: one object by itself, so that a missing one is an error; then what changes from there.
  const initial =
    name === ""
      ? await allPages(invocation, path, query, accept).catch((error: unknown) => {
          throw "labelSelector" in target ? listError(target, error) : error;
        })
      : await rest.get(pathOf(resource, namespace, name), undefined, accept);
  const printer = makePrinter?.();
  const shower = new Shower(invocation, target, printer);
  const isTable = textAt(initial, "kind") === "Table";
  const version = textAt(initial, "metadata", "resourceVersion");
  if (!flags.bool("watch-only"))
    await showAll(
      isTable || printer === undefined || name !== ""
        ? [initial]
        : listAt(initial, "items").map((item) => ({
            apiVersion: apiVersion(resource),
            kind: resource.kind,
            ...(item as JsonObject),
          })),
      shower,
    );
  // One object is watched from now on, wherever its own version is: its first event only says what is known.
  const from = name === "" ? version : "0";
  let known = name !== "";
  const changes = rest.watch(path, { ...query, resourceVersion: from }, accept, invocation.process.signal);
  await interruptible(invocation, async () => {
    for await (const event of changes) {
      if (event.type === "BOOKMARK") continue;
      if (event.type === "ERROR") throw new ApiError(event.object as Status);
      if (!known) await shower.show([event.object], event.type);
      known = false;
    }
  });
}

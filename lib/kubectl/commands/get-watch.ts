/** kubectl get -w. */
import { apiVersion, groupResource, pathOf } from "../client/discovery.ts";
import { ApiError, CommandError, type Status } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { type JsonObject, listAt, textAt } from "../object.ts";
import type { Printer } from "../printers/output.ts";
import { TABLE_TABS, TabWriter } from "../printers/tabwriter.ts";
import type { Selection } from "../resources/builder.ts";
import { asTable, tableAccept, tablePrinter } from "./get.ts";

export async function watchGet(
  invocation: Invocation,
  selection: Selection,
  printer: Printer | undefined,
  showOnce: () => Promise<void>,
): Promise<void> {
  const { flags } = invocation;
  if (selection.errors.length > 0) throw selection.errors[0];
  const targets = [...selection.targets, ...selection.queries];
  const [target] = targets;
  const kinds = new Set(targets.map((one) => groupResource(one.resource)));
  if (targets.length > 1 && kinds.size === 1) {
    // Upstream shows what there is, then says so.
    await showOnce();
    throw new CommandError("you may only watch a single resource or type of resource at a time");
  }
  if (target === undefined || targets.length > 1) {
    throw new CommandError(`you may only specify a single resource type`);
  }
  const { resource, namespace } = target;
  const name = "name" in target ? target.name : "";
  const rest = await invocation.rest();
  const accept = printer === undefined ? tableAccept(invocation) : undefined;
  const path = pathOf(resource, namespace);
  const query = {
    labelSelector: "labelSelector" in target ? target.labelSelector : "",
    fieldSelector: name !== "" ? `metadata.name=${name}` : "fieldSelector" in target ? target.fieldSelector : "",
  };
  const events = flags.bool("output-watch-events");
  const writer = new TabWriter(TABLE_TABS);
  const table = tablePrinter(invocation, resource, false);
  const show = async (object: JsonObject, type: string) => {
    if (printer !== undefined) {
      await invocation.out(events && flags.string("output") !== "name" ? printer({ type, object }) : printer(object));
      return;
    }
    table.print(asTable(object, invocation.now), writer, events ? type : undefined);
    await invocation.out(writer.flush());
  };
  // The present state: one object by itself, so that a missing one is an error; then what changes from there.
  const initial =
    name === ""
      ? await rest.get(path, query, accept)
      : await rest.get(pathOf(resource, namespace, name), undefined, accept);
  const isTable = textAt(initial, "kind") === "Table";
  const version = textAt(initial, "metadata", "resourceVersion");
  if (!flags.bool("watch-only")) {
    if (isTable || printer === undefined) await show(initial, "ADDED");
    else if (name !== "") await show(initial, "ADDED");
    else {
      for (const item of listAt(initial, "items")) {
        await show({ apiVersion: apiVersion(resource), kind: resource.kind, ...(item as JsonObject) }, "ADDED");
      }
    }
  }
  const from =
    isTable && version === "" ? textAt(listAt(initial, "rows")[0], "object", "metadata", "resourceVersion") : version;
  for await (const event of rest.watch(path, { ...query, resourceVersion: from }, accept, invocation.process.signal)) {
    if (event.type === "BOOKMARK") continue;
    if (event.type === "ERROR") throw new ApiError(event.object as Status);
    await show(event.object, event.type);
  }
}

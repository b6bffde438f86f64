/** kubectl events (k8s.io/kubectl/pkg/cmd/events). */

import { humanDuration } from "../../encoding/index.ts";
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, NoResourceMatch, PlainError, PrintError } from "../errors.ts";
import { ALL_NAMESPACES_FLAG, OUTPUT_FLAGS, PAGE_FLAG } from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { type Json, type KubeObject, numberAt, textAt } from "../object.ts";
import { asStruct } from "../printers/as-struct.ts";
import { goSorted } from "../printers/go-sort.ts";
import { printerFor } from "../printers/output.ts";
import { TABLE_TABS, TabWriter } from "../printers/tabwriter.ts";
import { list } from "../resources/builder.ts";
import { interruptible } from "./interrupts.ts";

const timeOf = (event: Json): string =>
  textAt(event, "series", "lastObservedTime") || textAt(event, "lastTimestamp") || textAt(event, "eventTime");

/** "5s", or "5s (x3 over 10m)" for events that came again. */
function interval(event: Json, now: number): string {
  const age = (time: string) => (time === "" ? "<unknown>" : humanDuration(now - Date.parse(time)));
  const first = textAt(event, "firstTimestamp") || textAt(event, "eventTime");
  const count = numberAt(event, "series", "count") || numberAt(event, "count");
  return count > 1 ? `${age(timeOf(event))} (x${count} over ${age(first)})` : age(first);
}

function row(event: Json, now: number, namespace: boolean): string {
  const object = event as KubeObject;
  const subject = `${textAt(object, "involvedObject", "kind")}/${textAt(object, "involvedObject", "name")}`;
  return `${[
    ...(namespace ? [textAt(object, "metadata", "namespace")] : []),
    interval(event, now),
    textAt(object, "type"),
    textAt(object, "reason"),
    subject,
    textAt(object, "message").trim(),
  ].join("\t")}\n`;
}

/** --for TYPE/NAME as a field selector. */
async function selectorFor(invocation: Invocation): Promise<string> {
  const asked = invocation.flags.string("for");
  if (asked === "") return "";
  const [type = "", name, ...more] = asked.split("/");
  if (name === undefined) throw new CommandError(`--for must be in resource/name form`);
  if (more.length > 0) throw new CommandError("arguments in resource/name form may not have more than one slash");
  if (type === "") throw new CommandError("a resource must be present, got: /, Resource=");
  const resource = await invocation
    .lookUp((map) => map.find(type))
    .catch((error: unknown) => {
      throw error instanceof NoResourceMatch ? new PlainError(error.message) : error;
    });
  // Nobody's events are everybody's.
  if (name === "") return "";
  const version = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  return `involvedObject.kind=${resource.kind},involvedObject.name=${name},involvedObject.apiVersion=${version}`;
}

/** Upstream sends every format through its columns, and keeps what goes wrong in a printer to itself. */
async function inColumns(print: () => string | Promise<string>): Promise<string> {
  const table = new TabWriter(TABLE_TABS);
  try {
    table.write(await print());
  } catch (error) {
    if (error instanceof PrintError) table.write(error.output);
    else if (!(error instanceof CommandError)) throw error;
  }
  return table.flush();
}

async function events(invocation: Invocation): Promise<void> {
  // Events are asked for by their known path: nothing is looked up, nothing is logged.
  invocation.discoveryAttempts = 0;
  const { flags } = invocation;
  invocation.checkNamespace();
  const fieldSelector = await selectorFor(invocation);
  invocation.checkAccess();
  const printer = flags.string("output") === "" ? undefined : printerFor(invocation);
  const types = flags.list("types");
  for (const type of types) {
    if (!["normal", "warning"].includes(type.toLowerCase()))
      throw new CommandError("valid --types are Normal or Warning");
  }
  const everywhere = flags.bool("all-namespaces");
  const namespace = everywhere ? "" : invocation.namespace;
  const resource = await invocation.lookUp((map) => map.forObject("Event", "v1"));
  const found = await list(
    invocation,
    { resource, namespace, labelSelector: "", fieldSelector },
    flags.number("chunk-size"),
  );
  const wanted = (event: Json): boolean =>
    types.length === 0 || types.some((type) => type.toLowerCase() === textAt(event, "type").toLowerCase());
  const time = (event: Json): number => Date.parse(timeOf(event)) || 0;
  const items = goSorted((found["items"] as KubeObject[]).filter(wanted), (a, b) => time(a) < time(b));
  const watching = flags.bool("watch");
  if (items.length === 0 && !watching) {
    await invocation.err(everywhere ? "No events found.\n" : `No events found in ${namespace} namespace.\n`);
    return;
  }
  const writer = () => new TabWriter(TABLE_TABS);
  const headers = `${[...(everywhere ? ["NAMESPACE"] : []), "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"].join("\t")}\n`;
  if (flags.string("output").toLowerCase() === "name") {
    // Upstream's printer of names has none for Lists of this kind, and says nothing of it.
  } else if (printer !== undefined) {
    const whole = asStruct({ kind: "EventList", apiVersion: "v1", metadata: {}, items });
    await invocation.out(await inColumns(() => printer(whole, true)));
  } else {
    const table = writer();
    if (!flags.bool("no-headers")) table.write(headers);
    for (const event of items) table.write(row(event, invocation.now, everywhere));
    await invocation.out(table.flush());
  }
  if (!watching) return;
  const rest = await invocation.rest();
  const stream = rest.watch(
    pathOf(resource, namespace),
    { fieldSelector, resourceVersion: textAt(found, "metadata", "resourceVersion") },
    undefined,
    invocation.process.signal,
  );
  await interruptible(invocation, async () => {
    for await (const { type, object } of stream) {
      if (type === "DELETED" || type === "BOOKMARK" || type === "ERROR" || !wanted(object)) continue;
      if (printer !== undefined) await invocation.out(printer(asStruct(object), true));
      else {
        const table = writer();
        table.write(row(object, invocation.now, everywhere));
        await invocation.out(table.flush());
      }
    }
  });
}

export const EVENTS: Command = {
  name: "events",
  short: "List events",
  arguments: "[(-o|--output=)json|yaml|...] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
  examples: ["kubectl events --for pod/web-0 --watch", "kubectl events --types=Warning"],
  flags: [
    ...OUTPUT_FLAGS,
    ALL_NAMESPACES_FLAG,
    PAGE_FLAG,
    { name: "for", type: "string", usage: "Only events about this object, TYPE/NAME" },
    { name: "no-headers", type: "bool", default: "false", usage: "No headers" },
    { name: "types", type: "strings", usage: "Only events of these types" },
    { name: "watch", shorthand: "w", type: "bool", default: "false", usage: "Then show new events as they come" },
  ],
  run: events,
};

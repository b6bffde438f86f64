/** describe csinode (k8s.io/kubectl/pkg/describe/describe.go, describeCSINode). */

import { at, listAt, nameOf, stringsAt, textAt } from "../object.ts";
import type { Describer } from "./describer.ts";
import { events } from "./events.ts";
import { rfc1123z } from "./times.ts";
import { annotations, labels } from "./writer.ts";

export const csiNode: Describer = (writer, { object, events: shown, now }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `CreationTimestamp:\t${rfc1123z(textAt(object, "metadata", "creationTimestamp"))}\n`);
  writer.write(0, "Spec:\n");
  const drivers = listAt(object, "spec", "drivers");
  if (drivers.length > 0) writer.write(1, "Drivers:\n");
  for (const driver of drivers) {
    writer.write(2, `${textAt(driver, "name")}:\n`);
    writer.write(3, `Node ID:\t${textAt(driver, "nodeID")}\n`);
    const count = at(driver, "allocatable", "count");
    if (count !== undefined) writer.write(3, `Allocatables:\n`);
    if (count !== undefined) writer.write(4, `Count:\t${String(count)}\n`);
    const keys = listAt(driver, "topologyKeys");
    if (keys.length > 0) writer.write(3, `Topology Keys:\t[${keys.map(String).join(" ")}]\n`);
  }
  events(writer, shown, now);
};

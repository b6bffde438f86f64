/** Pod. */
import { humanDuration } from "../../encoding/index.ts";
import { at, isObject, listAt, nameOf, numberAt, objectAt, stringsAt, textAt } from "../object.ts";
import type { Describer } from "./describer.ts";
import { events } from "./events.ts";
import { containers, nodeSelectors, tolerations, topologySpread } from "./pod-template.ts";
import { qosClass } from "./qos.ts";
import { rfc1123z } from "./times.ts";
import { volumes } from "./volumes.ts";
import { annotations, labels } from "./writer.ts";

export const pod: Describer = (writer, { object, events: list, now }) => {
  const spec = objectAt(object, "spec");
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  if (at(spec, "priority") !== undefined) writer.write(0, `Priority:\t${numberAt(spec, "priority")}\n`);
  if (textAt(spec, "priorityClassName") !== "")
    writer.write(0, `Priority Class Name:\t${textAt(spec, "priorityClassName")}\n`);
  if (textAt(spec, "runtimeClassName") !== "")
    writer.write(0, `Runtime Class Name:\t${textAt(spec, "runtimeClassName")}\n`);
  if (textAt(spec, "serviceAccountName") !== "")
    writer.write(0, `Service Account:\t${textAt(spec, "serviceAccountName")}\n`);
  const node = textAt(spec, "nodeName");
  writer.write(0, `Node:\t${node === "" ? "<none>" : `${node}/${textAt(object, "status", "hostIP")}`}\n`);
  const start = textAt(object, "status", "startTime");
  if (start !== "") writer.write(0, `Start Time:\t${rfc1123z(start)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  const deleted = textAt(object, "metadata", "deletionTimestamp");
  const phase = textAt(object, "status", "phase");
  if (deleted !== "" && phase !== "Failed" && phase !== "Succeeded") {
    writer.write(0, `Status:\tTerminating (lasts ${humanDuration(now - Date.parse(deleted))})\n`);
    writer.write(0, `Termination Grace Period:\t${textAt(object, "metadata", "deletionGracePeriodSeconds")}s\n`);
  } else writer.write(0, `Status:\t${phase}\n`);
  if (textAt(object, "status", "reason") !== "") writer.write(0, `Reason:\t${textAt(object, "status", "reason")}\n`);
  if (textAt(object, "status", "message") !== "") writer.write(0, `Message:\t${textAt(object, "status", "message")}\n`);
  if (isObject(at(spec, "securityContext", "seccompProfile") ?? null))
    writer.write(0, `SeccompProfile:\t${textAt(spec, "securityContext", "seccompProfile", "type")}\n`);
  writer.write(0, `IP:\t${textAt(object, "status", "podIP")}\n`);
  const addresses = listAt(object, "status", "podIPs");
  if (addresses.length === 0) writer.write(0, "IPs:\t<none>\n");
  else {
    writer.write(0, "IPs:\n");
    for (const address of addresses) writer.write(1, `IP:\t${textAt(address, "ip")}\n`);
  }
  const owner = listAt(object, "metadata", "ownerReferences").find((one) => textAt(one, "controller") === "true");
  if (owner !== undefined) writer.write(0, `Controlled By:\t${textAt(owner, "kind")}/${textAt(owner, "name")}\n`);
  if (textAt(object, "status", "nominatedNodeName") !== "")
    writer.write(0, `NominatedNodeName:\t${textAt(object, "status", "nominatedNodeName")}\n`);
  for (const [title, field, statuses] of [
    ["Init Containers", "initContainers", "initContainerStatuses"],
    ["Containers", "containers", "containerStatuses"],
    ["Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"],
  ] as const) {
    const all = listAt(spec, field);
    if (all.length > 0 || field === "containers")
      containers(writer, title, all, listAt(object, "status", statuses), "", object);
  }
  const gates = listAt(spec, "readinessGates");
  const conditions = listAt(object, "status", "conditions");
  if (gates.length > 0) {
    writer.write(0, "Readiness Gates:\n  Type\tStatus\n");
    for (const gate of gates) {
      const type = textAt(gate, "conditionType");
      writer.write(
        1,
        `${type} \t${
          textAt(
            conditions.find((one) => textAt(one, "type") === type),
            "status",
          ) || "<none>"
        } \n`,
      );
    }
  }
  if (conditions.length > 0) {
    writer.write(0, "Conditions:\n  Type\tStatus\n");
    for (const one of conditions) writer.write(1, `${textAt(one, "type")} \t${textAt(one, "status")} \n`);
  }
  volumes(writer, listAt(spec, "volumes"), "");
  writer.write(0, `QoS Class:\t${textAt(object, "status", "qosClass") || qosClass(spec)}\n`);
  nodeSelectors(writer, stringsAt(spec, "nodeSelector"), "");
  tolerations(writer, listAt(spec, "tolerations"), "");
  topologySpread(writer, listAt(spec, "topologySpreadConstraints"), "");
  events(writer, list, now);
};

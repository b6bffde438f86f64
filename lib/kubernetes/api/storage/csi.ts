/** storage.k8s.io/v1 CSIDriver, CSINode and CSIStorageCapacity: pkg/registry/storage. */
import { duplicate, immutable, isDns1123Subdomain, notSupported, required } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { setDefault } from "../pods/defaults.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { csiDrivers, csiNodes, csiStorageCapacities } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { CSIDriver, CSINode, CSIStorageCapacity } from "../types.ts";

export const csiDriver = define(csiDrivers, {
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column(
      "AttachRequired",
      "boolean",
      "Whether volumes are attached first.",
      (object) => object.spec.attachRequired ?? true,
    ),
    column(
      "PodInfoOnMount",
      "boolean",
      "Whether the driver learns about the Pod.",
      (object) => object.spec.podInfoOnMount ?? false,
    ),
    column(
      "StorageCapacity",
      "boolean",
      "Whether it tells how much room there is.",
      (object) => object.spec.storageCapacity ?? false,
    ),
    column(
      "TokenRequests",
      "string",
      "Audiences of tokens it gets.",
      (object) => (object.spec.tokenRequests ?? []).map(({ audience }) => audience).join(",") || "<unset>",
    ),
    column(
      "RequiresRepublish",
      "boolean",
      "Whether mounts are renewed.",
      (object) => object.spec.requiresRepublish ?? false,
    ),
    column(
      "Modes",
      "string",
      "Kinds of volumes it serves.",
      (object) => (object.spec.volumeLifecycleModes ?? []).join(",") || "<none>",
    ),
    ageColumn(),
  ],
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    setDefault(spec, "attachRequired", true);
    setDefault(spec, "podInfoOnMount", false);
    setDefault(spec, "storageCapacity", false);
    setDefault(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ["Persistent"];
    setDefault(spec, "requiresRepublish", false);
    setDefault(spec, "seLinuxMount", false);
  },
  ...rules<CSIDriver>(
    false,
    isDns1123Subdomain,
    ({ spec }) =>
      (spec?.volumeLifecycleModes ?? [])
        .filter((mode) => mode !== "Persistent" && mode !== "Ephemeral")
        .map((mode) => notSupported("spec.volumeLifecycleModes", mode, ["Ephemeral", "Persistent"])),
    (object, old) => [
      ...immutable("spec.attachedRequired", object.spec.attachRequired, old.spec.attachRequired),
      ...immutable("spec.volumeLifecycleModes", object.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes),
    ],
  ),
});

export const csiNode = define(csiNodes, {
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column("Drivers", "integer", "Drivers on the node.", (object) => object.spec.drivers?.length ?? 0),
    ageColumn(),
  ],
  ...rules<CSINode>(false, isDns1123Subdomain, ({ spec }) => {
    const errors = [];
    const names = new Set<string>();
    for (const [index, { name, nodeID }] of (spec?.drivers ?? []).entries()) {
      if (!name) errors.push(required(`spec.drivers[${index}].name`));
      if (!nodeID) errors.push(required(`spec.drivers[${index}].nodeID`));
      if (names.has(name)) errors.push(duplicate(`spec.drivers[${index}].name`, name));
      names.add(name);
    }
    return errors;
  }),
});

export const csiStorageCapacity = define(csiStorageCapacities, {
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column("StorageClassName", "string", "Class the room is for.", (object) => object.storageClassName),
    column("Capacity", "string", "Room there is.", (object) => object.capacity ?? "<unset>"),
    ageColumn(),
  ],
  ...rules<CSIStorageCapacity>(
    true,
    isDns1123Subdomain,
    ({ storageClassName }) => (storageClassName ? [] : [required("storageClassName")]),
    (object, old) => [
      ...immutable("nodeTopology", object.nodeTopology, old.nodeTopology),
      ...immutable("storageClassName", object.storageClassName, old.storageClassName),
    ],
  ),
});

/** Objects by the name of the add-on that brings them. */
import type { CustomResourceDefinition } from "../api/types.ts";
import { volumeSnapshotDefinitions } from "./volume-snapshots.ts";

export type AddOn = "volume-snapshots";

export const addOns: Readonly<Record<AddOn, readonly CustomResourceDefinition[]>> = {
  "volume-snapshots": volumeSnapshotDefinitions,
};

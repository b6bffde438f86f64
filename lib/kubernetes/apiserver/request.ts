/** What every write carries along: who, how, and what to tell the client beside the object. */
import type { Subresource } from "../api/definition.ts";
import type { KubernetesObject, UserInfo } from "../machinery/types.ts";
import type { Served } from "./definitions.ts";

export interface WriteContext {
  readonly user: UserInfo;
  /** Owner of the fields that this write sets. */
  readonly fieldManager: string;
  readonly dryRun: boolean;
  /** Server-side apply has worked out who owns what: the registry leaves managedFields as they are. */
  readonly ownershipSettled?: boolean;
  /** Warnings for the client, in upstream's words: become Warning headers. */
  readonly warnings: string[];
}

/** What admission plugins look at. `object` is a private copy that `admit` may change. */
export interface AdmissionAttributes {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly served: Served;
  readonly subresource: Subresource | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object: KubernetesObject | undefined;
  readonly oldObject: KubernetesObject | undefined;
  readonly context: WriteContext;
}

/** One admission plugin, named as upstream. Both methods throw `StatusError` to refuse. */
export interface AdmissionPlugin {
  readonly name: string;
  /** May change `attributes.object`. */
  admit?(attributes: AdmissionAttributes): void;
  /** Sees the object as it will be stored. */
  validate?(attributes: AdmissionAttributes): void;
}

/** The name errors show: generateName where there is no name yet (apiserver admission/errors.go). */
export function admissionName(attributes: AdmissionAttributes): string {
  if (attributes.name !== "") return attributes.name;
  const metadata = attributes.object?.metadata;
  return metadata?.name || metadata?.generateName || "Unknown!";
}

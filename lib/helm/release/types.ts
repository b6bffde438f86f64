/** A release as Helm keeps it (helm.sh/helm/v3/pkg/release): the fields are those of its JSON. */
import type { JsonObject } from "../../kubectl/object.ts";

export type Status =
  | "unknown"
  | "deployed"
  | "uninstalled"
  | "superseded"
  | "failed"
  | "uninstalling"
  | "pending-install"
  | "pending-upgrade"
  | "pending-rollback";

export type HookEvent =
  | "pre-install"
  | "post-install"
  | "pre-delete"
  | "post-delete"
  | "pre-upgrade"
  | "post-upgrade"
  | "pre-rollback"
  | "post-rollback"
  | "test";
export type DeletePolicy = "hook-succeeded" | "hook-failed" | "before-hook-creation";

export interface Hook {
  readonly name: string;
  readonly kind: string;
  readonly path: string;
  readonly manifest: string;
  readonly events: readonly HookEvent[];
  last_run: { started_at: string; completed_at: string; phase: "" | "Unknown" | "Running" | "Succeeded" | "Failed" };
  readonly weight?: number;
  delete_policies?: readonly DeletePolicy[];
}

interface ReleaseInfo {
  first_deployed: string;
  last_deployed: string;
  deleted: string;
  description?: string;
  status: Status;
  notes?: string;
}

export interface Release {
  readonly name: string;
  info: ReleaseInfo;
  /** The chart without its subcharts, as upstream stores it. */
  readonly chart: JsonObject;
  readonly config: JsonObject;
  manifest: string;
  hooks: Hook[];
  readonly version: number;
  readonly namespace: string;
  /** Of the Secret; not in the JSON. */
  readonly labels: Readonly<Record<string, string>>;
}

export const isPending = (status: Status): boolean => status.startsWith("pending-");

/** The admission chain, in upstream's order (kubeapiserver/options/plugins.go). One file per plugin. */
import type { Clock } from "../../../clock/index.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionPlugin } from "../request.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";

export interface AdmissionDependencies {
  readonly clock: Clock;
  readonly store: Store;
}

const CHAIN: readonly ((dependencies: AdmissionDependencies) => AdmissionPlugin)[] = [namespaceLifecycle];

export const admissionPlugins = (dependencies: AdmissionDependencies): AdmissionPlugin[] =>
  CHAIN.map((make) => make(dependencies));

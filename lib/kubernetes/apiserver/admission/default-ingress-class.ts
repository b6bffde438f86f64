/** Ingresses without a class get the default one (plugin/pkg/admission/network/defaultingressclass). */
import type { Ingress, IngressClass } from "../../api/types.ts";
import type { AdmissionPlugin } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

const IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class";
/** How classes were named before there was a field; who uses it has chosen. */
const OLD_CLASS = "kubernetes.io/ingress.class";

export function defaultIngressClass({ store }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "DefaultIngressClass",
    admit({ operation, served, subresource, object }) {
      if (operation !== "CREATE" || served.key !== "ingresses.networking.k8s.io" || subresource !== undefined) return;
      const ingress = object as Ingress;
      if (ingress.spec === undefined || ingress.spec.ingressClassName !== undefined) return;
      if (ingress.metadata.annotations?.[OLD_CLASS] !== undefined) return;
      const name = newestDefault(store.list("ingressclasses.networking.k8s.io") as IngressClass[])?.metadata.name;
      if (name !== undefined) ingress.spec.ingressClassName = name;
    },
  };
}

/** Of several the newest, then the first by name. */
function newestDefault(classes: readonly IngressClass[]): IngressClass | undefined {
  return classes
    .filter(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === "true")
    .sort((a, b) => {
      const [left, right] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
      if (left !== right) return left < right ? 1 : -1;
      return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
    })[0];
}

/** Quantities as numbers: what the kubelet needs of k8s.io/apimachinery/pkg/api/resource. */
export { quantityNumber as quantityValue } from "../machinery/quantity.ts";

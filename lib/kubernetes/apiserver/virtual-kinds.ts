/** Names of the resources that are answered and never stored (`virtual.ts` answers them). */
interface Virtual {
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly singular: string;
  readonly shortNames?: readonly string[];
}

/** By "apiVersion/plural". */
export const VIRTUAL: Readonly<Record<string, Virtual>> = {
  "v1/bindings": { kind: "Binding", namespaced: true, verbs: ["create"], singular: "binding" },
  "v1/componentstatuses": {
    kind: "ComponentStatus",
    namespaced: false,
    verbs: ["get", "list"],
    singular: "componentstatus",
    shortNames: ["cs"],
  },
  "authentication.k8s.io/v1/tokenreviews": {
    kind: "TokenReview",
    namespaced: false,
    verbs: ["create"],
    singular: "tokenreview",
  },
  "authentication.k8s.io/v1/selfsubjectreviews": {
    kind: "SelfSubjectReview",
    namespaced: false,
    verbs: ["create"],
    singular: "selfsubjectreview",
  },
  "authorization.k8s.io/v1/selfsubjectaccessreviews": {
    kind: "SelfSubjectAccessReview",
    namespaced: false,
    verbs: ["create"],
    singular: "selfsubjectaccessreview",
  },
  "authorization.k8s.io/v1/selfsubjectrulesreviews": {
    kind: "SelfSubjectRulesReview",
    namespaced: false,
    verbs: ["create"],
    singular: "selfsubjectrulesreview",
  },
  "authorization.k8s.io/v1/subjectaccessreviews": {
    kind: "SubjectAccessReview",
    namespaced: false,
    verbs: ["create"],
    singular: "subjectaccessreview",
  },
  "authorization.k8s.io/v1/localsubjectaccessreviews": {
    kind: "LocalSubjectAccessReview",
    namespaced: true,
    verbs: ["create"],
    singular: "localsubjectaccessreview",
  },
  "metrics.k8s.io/v1beta1/pods": { kind: "PodMetrics", namespaced: true, verbs: ["get", "list"], singular: "" },
  "metrics.k8s.io/v1beta1/nodes": { kind: "NodeMetrics", namespaced: false, verbs: ["get", "list"], singular: "" },
};

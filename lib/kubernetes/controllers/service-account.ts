/** The default ServiceAccount and the cluster's certificate in every namespace (pkg/controller/serviceaccount, certificates/rootcacertpublisher). */
import { configMaps, namespaces, serviceAccounts } from "../api/resources.ts";
import type { ConfigMap } from "../api/types.ts";
import { isStatusError } from "../machinery/status.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { isNamespaceTerminating } from "./replicaset.ts";

const ROOT_CA = "kube-root-ca.crt";
const ROOT_CA_NOTE =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/** The ConfigMap in which Pods find the certificate of the API server. */
export const rootCertificateMap = (namespace: string, certificate: string): ConfigMap => ({
  metadata: { name: ROOT_CA, namespace, annotations: { "kubernetes.io/description": ROOT_CA_NOTE } },
  data: { "ca.crt": certificate },
});

function unlessTerminating(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!isNamespaceTerminating(error) && !isStatusError(error, "AlreadyExists")) throw error;
  }
}

export const serviceAccountController: ControllerDefinition = {
  name: "service-account-controller",
  create({ client, lister }) {
    return {
      watches: [
        watch(namespaces, ({ type, object }, queue) => {
          if (type !== "DELETED") queue.add(object.metadata.name ?? "");
        }),
        watch(serviceAccounts, ({ type, object }, queue) => {
          if (type === "DELETED" && object.metadata.name === "default") queue.add(object.metadata.namespace ?? "");
        }),
      ],
      sync(namespace) {
        if (lister.find(namespaces, undefined, namespace)?.status?.phase !== "Active") return;
        if (lister.find(serviceAccounts, namespace, "default") !== undefined) return;
        unlessTerminating(() => client.create(serviceAccounts, { metadata: { name: "default", namespace } }));
      },
    };
  },
};

/** `certificate`: PEM of the cluster's authority. */
export const rootCertificatePublisher = (certificate: string): ControllerDefinition => ({
  name: "root-ca-certificate-publisher-controller",
  serviceAccount: "root-ca-cert-publisher",
  create({ client, lister }) {
    return {
      watches: [
        watch(namespaces, ({ type, object }, queue) => {
          if (type !== "DELETED") queue.add(object.metadata.name ?? "");
        }),
        watch(configMaps, ({ type, object }, queue) => {
          if (type !== "ADDED" && object.metadata.name === ROOT_CA) queue.add(object.metadata.namespace ?? "");
        }),
      ],
      sync(namespace) {
        if (lister.find(namespaces, undefined, namespace)?.status?.phase !== "Active") return;
        const existing = lister.find(configMaps, namespace, ROOT_CA);
        if (existing === undefined)
          unlessTerminating(() => client.create(configMaps, rootCertificateMap(namespace, certificate)));
        else if (existing.data?.["ca.crt"] !== certificate)
          client.modify(configMaps, namespace, ROOT_CA, (next) => {
            next.data = { "ca.crt": certificate };
            next.metadata.annotations = { ...next.metadata.annotations, "kubernetes.io/description": ROOT_CA_NOTE };
          });
      },
    };
  },
});

import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../clock/index.ts";
import {
  configMaps,
  limitRanges,
  namespaces,
  persistentVolumeClaims,
  pods,
  resourceQuotas,
  serviceAccounts,
  storageClasses,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from "../../api/resources.ts";
import type { PersistentVolumeClaim, Pod } from "../../api/types.ts";
import { isStatusError } from "../../machinery/status.ts";
import { Store } from "../../store/store.ts";
import { apiDefinitions, bootstrap, createApiServer } from "../index.ts";

function start() {
  const server = createApiServer({ clock: virtualClock(), store: new Store(), definitions: apiDefinitions });
  const client = server.clientFor("system:admin");
  bootstrap(client);
  client.create(serviceAccounts, { metadata: { name: "default", namespace: "default" } });
  return client;
}
const pod = (spec: Partial<NonNullable<Pod["spec"]>> = {}): Pod => ({
  metadata: { name: "p", namespace: "default" },
  spec: { containers: [{ name: "c", image: "busybox" }], ...spec },
});
const claim = (storage: string): PersistentVolumeClaim => ({
  metadata: { name: "c", namespace: "default" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
});
const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isStatusError(error)) return error.message;
    throw error;
  }
  return "was not refused";
};

describe("admission", () => {
  it("mounts the token of the Pod's ServiceAccount", () => {
    const made = start().create(pods, pod());
    expect(made.spec?.serviceAccountName).toBe("default");
    expect(made.spec?.containers[0]?.volumeMounts?.[0]?.mountPath).toBe(
      "/var/run/secrets/kubernetes.io/serviceaccount",
    );
    expect(made.spec?.volumes?.[0]?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(refusal(() => start().create(pods, pod({ serviceAccountName: "x" })))).toBe(
      'pods "p" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
    );
  });
  it("turns priority classes into numbers and adds tolerations", () => {
    const client = start();
    const made = client.create(pods, pod({ priorityClassName: "system-node-critical" }));
    expect(made.spec?.priority).toBe(2000001000);
    expect(made.spec?.tolerations?.map((item) => item.tolerationSeconds)).toEqual([300, 300]);
    expect(refusal(() => client.create(pods, pod({ priorityClassName: "x" })))).toBe(
      'pods "p" is forbidden: no PriorityClass with name x was found',
    );
  });
  it("gives claims the default class and a finalizer", () => {
    const client = start();
    client.create(storageClasses, {
      metadata: { name: "fast", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "x.test/y",
    });
    const made = client.create(persistentVolumeClaims, claim("1Gi"));
    expect(made.spec?.storageClassName).toBe("fast");
    expect(made.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
  });
  it("keeps to limits and quotas", () => {
    const client = start();
    client.create(limitRanges, {
      metadata: { name: "l", namespace: "default" },
      spec: { limits: [{ type: "PersistentVolumeClaim", min: { storage: "1Gi" } }] },
    });
    expect(refusal(() => client.create(persistentVolumeClaims, claim("1Mi")))).toBe(
      'persistentvolumeclaims "c" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
    );
    client.create(resourceQuotas, {
      metadata: { name: "q", namespace: "default" },
      spec: { hard: { pods: "1", "requests.storage": "2Gi" } },
    });
    expect(refusal(() => client.create(persistentVolumeClaims, claim("5Gi")))).toBe(
      'persistentvolumeclaims "c" is forbidden: exceeded quota: q, requested: requests.storage=5Gi, used: requests.storage=0, limited: requests.storage=2Gi',
    );
    client.create(pods, pod());
    expect(refusal(() => client.create(pods, { ...pod(), metadata: { name: "p2", namespace: "default" } }))).toBe(
      'pods "p2" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    );
  });
  it("holds Pods to the standard that their namespace is labelled with", () => {
    const client = start();
    client.modify(namespaces, undefined, "default", (object) => {
      object.metadata.labels = { ...object.metadata.labels, "pod-security.kubernetes.io/enforce": "restricted" };
    });
    expect(refusal(() => client.create(pods, pod()))).toBe(
      'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    client.create(
      pods,
      pod({
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "c",
            image: "busybox",
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          },
        ],
      }),
    );
  });
  it("asks policies in CEL", () => {
    const client = start();
    client.create(validatingAdmissionPolicies, {
      metadata: { name: "small" },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
        },
        validations: [{ expression: "size(object.data) <= 1" }],
      },
    });
    const many = { metadata: { name: "m", namespace: "default" }, data: { a: "1", b: "2" } };
    client.create(configMaps, many, { dryRun: true });
    client.create(validatingAdmissionPolicyBindings, {
      metadata: { name: "everywhere" },
      spec: { policyName: "small", validationActions: ["Deny"] },
    });
    expect(refusal(() => client.create(configMaps, many))).toBe(
      "configmaps \"m\" is forbidden: ValidatingAdmissionPolicy 'small' with binding 'everywhere' denied request: failed expression: size(object.data) <= 1",
    );
    client.create(configMaps, { ...many, data: { a: "1" } });
  });
  it("asks policies with the objects that their bindings name as parameters", () => {
    const client = start();
    client.create(validatingAdmissionPolicies, {
      metadata: { name: "replicas" },
      spec: {
        failurePolicy: "Fail",
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        matchConstraints: {
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        },
        variables: [{ name: "containers", expression: "object.spec.containers.size()" }],
        validations: [
          {
            expression: "variables.containers <= int(params.data.most)",
            messageExpression: "'at most ' + params.data.most + ' containers, said ' + params.metadata.name",
            reason: "Forbidden",
          },
        ],
      },
    });
    const bind = (name: string, paramRef: object, validationActions = ["Deny"]) =>
      client.create(validatingAdmissionPolicyBindings, {
        metadata: { name },
        spec: { policyName: "replicas", validationActions, paramRef },
      });
    expect(refusal(() => bind("b", {}))).toContain(
      "spec.paramRef: Required value: one of name or selector must be specified",
    );
    bind("b", { selector: { matchLabels: { limits: "yes" } }, parameterNotFoundAction: "Deny" });
    expect(refusal(() => client.create(pods, pod()))).toBe(
      "pods \"p\" is forbidden: ValidatingAdmissionPolicy 'replicas' with binding 'b' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
    );
    for (const [name, most] of [
      ["roomy", "5"],
      ["tight", "0"],
    ] as const)
      client.create(configMaps, {
        metadata: { name, namespace: "default", labels: { limits: "yes" } },
        data: { most },
      });
    expect(refusal(() => client.create(pods, pod()))).toBe(
      "pods \"p\" is forbidden: ValidatingAdmissionPolicy 'replicas' with binding 'b' denied request: at most 0 containers, said tight",
    );
    client.delete(configMaps, "default", "tight");
    expect(client.create(pods, pod()).metadata.name).toBe("p");
  });
  it("knows the newer checks of the Pod Security Standards, from the version they came with", () => {
    const client = start();
    client.create(namespaces, {
      metadata: { name: "strict", labels: { "pod-security.kubernetes.io/enforce": "baseline" } },
    });
    client.create(serviceAccounts, { metadata: { name: "default", namespace: "strict" } });
    const probing = (annotations: Record<string, string> = {}): Pod => ({
      metadata: { name: "p", namespace: "strict", annotations },
      spec: {
        securityContext: { appArmorProfile: { type: "Unconfined" } },
        containers: [
          { name: "a", image: "busybox", livenessProbe: { httpGet: { port: 80, host: "8.8.8.8" } } },
          { name: "b", image: "busybox" },
        ],
      },
    });
    expect(refusal(() => client.create(pods, probing()))).toBe(
      'pods "p" is forbidden: violates PodSecurity "baseline:latest": forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined"), probe or lifecycle host (container "a" uses probe or lifecycle host "8.8.8.8")',
    );
    client.modify(namespaces, undefined, "strict", (namespace) => {
      namespace.metadata.labels = {
        ...namespace.metadata.labels,
        "pod-security.kubernetes.io/enforce-version": "v1.33",
      };
    });
    expect(refusal(() => client.create(pods, probing()))).not.toContain("lifecycle host");
  });
  it("counts what looks into other namespaces, and what a resize asks for", () => {
    const client = start();
    client.create(resourceQuotas, {
      metadata: { name: "q", namespace: "default" },
      spec: { hard: { "requests.cpu": "1" } },
    });
    client.create(resourceQuotas, {
      metadata: { name: "affinity", namespace: "default" },
      spec: {
        hard: { pods: "0" },
        scopeSelector: { matchExpressions: [{ scopeName: "CrossNamespacePodAffinity", operator: "Exists" }] },
      },
    });
    const resources = { requests: { cpu: "800m" }, limits: { cpu: "2" } };
    client.create(pods, pod({ containers: [{ name: "c", image: "busybox", resources }] }));
    const resize = () => {
      const next = structuredClone(client.get(pods, "default", "p"));
      for (const container of next.spec?.containers ?? [])
        container.resources = { ...resources, requests: { cpu: "1100m" } };
      client.updateSubresource(pods, "resize", next);
    };
    expect(refusal(resize)).toBe(
      'pods "p" is forbidden: exceeded quota: q, requested: requests.cpu=300m, used: requests.cpu=800m, limited: requests.cpu=1',
    );
    const term = { topologyKey: "kubernetes.io/hostname", namespaces: ["other"], labelSelector: {} };
    const curious = pod({
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
      containers: [{ name: "c", image: "busybox", resources: { requests: { cpu: "100m" } } }],
    });
    curious.metadata.name = "curious";
    expect(refusal(() => client.create(pods, curious))).toBe(
      'pods "curious" is forbidden: exceeded quota: affinity, requested: pods=1, used: pods=0, limited: pods=0',
    );
  });
});

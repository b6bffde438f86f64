import { describe, expect, it } from "vitest";
import { clone, fieldErrorMessage, type KubernetesObject } from "../machinery/index.ts";
import { atOnce } from "../machinery/steps.ts";
import { definitions } from "./index.ts";

// biome-ignore lint/suspicious/noExplicitAny: these tests reach into objects of any kind
type Loose = KubernetesObject & Record<string, any>;

const context = { now: 0 };
const definitionOf = (kind: string) => {
  const found = definitions.find((candidate) => candidate.kind === kind && candidate.group !== "events.k8s.io");
  if (found === undefined) throw new Error(kind);
  return found;
};

/** An object as it is stored, and what an update of it is answered with. */
function stored(kind: string, object: Record<string, unknown>): Loose {
  const made = clone({ metadata: { name: "x", namespace: "default", uid: "u" }, ...object }) as Loose;
  const definition = definitionOf(kind);
  definition.applyDefaults?.(made);
  definition.prepareForCreate?.(made, context);
  expect((definition.validate?.(made, context) ?? []).map(fieldErrorMessage)).toEqual([]);
  return made;
}

function update(kind: string, old: Loose, change: (next: Loose) => void): { next: Loose; errors: string[] } {
  const next = clone(old);
  change(next);
  const definition = definitionOf(kind);
  definition.applyDefaults?.(next);
  definition.prepareForUpdate?.(next, old, context);
  // Differences that messages show are for internal/show.test.ts.
  const found = definition.validateUpdate?.(next, old, context) ?? [];
  const errors = (Array.isArray(found) ? found : atOnce(found)).map(
    (error) => fieldErrorMessage(error).split("\n@@")[0] ?? "",
  );
  return { next, errors };
}

const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "c", image: "nginx" }] } };
const selector = { matchLabels: { app: "x" } };

describe("updates", () => {
  it("of a StatefulSet are refused but for the fields 1.34 names", () => {
    const old = stored("StatefulSet", { spec: { serviceName: "s", selector, template } });
    const allowed = update("StatefulSet", old, (next) => {
      next.spec.replicas = 5;
      next.spec.ordinals = { start: 3 };
      next.spec.minReadySeconds = 2;
      next.spec.revisionHistoryLimit = 1;
      next.spec.persistentVolumeClaimRetentionPolicy.whenScaled = "Delete";
      next.spec.updateStrategy.rollingUpdate.partition = 1;
      next.spec.template.spec.containers[0].image = "nginx:2";
    });
    expect(allowed.errors).toEqual([]);
    expect(allowed.next.metadata.generation).toBe(2);
    const refused = update("StatefulSet", old, (next) => {
      next.spec.serviceName = "other";
    });
    expect(refused.errors).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  it("of a Deployment's selector are refused, and a client's status is not heard", () => {
    const old = stored("Deployment", { spec: { selector, template } });
    const { next, errors } = update("Deployment", old, (changed) => {
      changed.spec.selector = { matchLabels: { app: "y" } };
      changed.spec.template.metadata.labels = { app: "y" };
      changed.status = { replicas: 9 };
    });
    expect(errors).toEqual(['spec.selector: Invalid value: {"matchLabels":{"app":"y"}}: field is immutable']);
    expect(next.status).toEqual({});
  });

  it("of a Pod may change images and add tolerations, nothing else", () => {
    const old = stored("Pod", { spec: { containers: [{ name: "c", image: "a" }] } });
    const allowed = update("Pod", old, (next) => {
      next.spec.containers[0].image = "b";
      next.spec.tolerations = [{ key: "k", operator: "Exists" }];
    });
    expect(allowed.errors).toEqual([]);
    expect(allowed.next.metadata.generation).toBe(2);
    const refused = update("Pod", old, (next) => {
      next.spec.containers[0].command = ["sh"];
    });
    expect(refused.errors).toEqual([
      "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ]);
    expect(
      update("Pod", old, (next) => {
        next.spec.containers.push({ name: "d", image: "a" });
      }).errors,
    ).toEqual(["spec.containers: Forbidden: pod updates may not add or remove containers"]);
  });

  it("of a claim may grow it once it is bound", () => {
    const spec = {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      storageClassName: "fast",
    };
    const pending = stored("PersistentVolumeClaim", { spec });
    const grow = (next: Loose) => {
      next.spec.resources.requests.storage = "2Gi";
    };
    const immutable =
      "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    expect(update("PersistentVolumeClaim", pending, grow).errors).toEqual([immutable]);
    const bind = update("PersistentVolumeClaim", pending, (next) => {
      next.spec.volumeName = "v";
    });
    expect(bind.errors).toEqual([]);
    const bound: Loose = { ...bind.next, status: { phase: "Bound", capacity: { storage: "1Gi" } } };
    expect(update("PersistentVolumeClaim", bound, grow).errors).toEqual([]);
    expect(
      update("PersistentVolumeClaim", bound, (next) => {
        next.spec.resources.requests.storage = "500Mi";
      }).errors,
    ).toEqual(["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"]);
    expect(
      update("PersistentVolumeClaim", bound, (next) => {
        next.spec.storageClassName = "slow";
      }).errors,
    ).toEqual([immutable]);
  });

  it("of a volume's source and a class's parameters are refused", () => {
    const volume = stored("PersistentVolume", {
      metadata: { name: "v" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/a" } },
    });
    expect(
      update("PersistentVolume", volume, (next) => {
        next.spec.hostPath.path = "/b";
      }).errors,
    ).toEqual(["spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation"]);
    const storageClass = stored("StorageClass", { metadata: { name: "c" }, provisioner: "x.test/y" });
    expect(
      update("StorageClass", storageClass, (next) => {
        next.parameters = { a: "b" };
        next.reclaimPolicy = "Retain";
      }).errors,
    ).toEqual([
      "parameters: Forbidden: updates to parameters are forbidden.",
      "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
    ]);
  });

  it("of a Service keep its addresses, and may not change them", () => {
    const old = stored("Service", { spec: { selector: { a: "b" }, ports: [{ port: 80 }] } });
    old.spec.clusterIP = "10.96.0.7";
    old.spec.clusterIPs = ["10.96.0.7"];
    const kept = update("Service", old, (next) => {
      delete next.spec.clusterIP;
      delete next.spec.clusterIPs;
    });
    expect(kept.errors).toEqual([]);
    expect(kept.next.spec.clusterIPs).toEqual(["10.96.0.7"]);
    const changed = update("Service", old, (next) => {
      next.spec.clusterIP = "10.96.0.8";
      next.spec.clusterIPs = ["10.96.0.8"];
    });
    expect(changed.errors).toEqual(['spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set']);
  });

  it("of an immutable ConfigMap or Secret are refused", () => {
    const map = stored("ConfigMap", { immutable: true, data: { a: "1" } });
    expect(
      update("ConfigMap", map, (next) => {
        next.data.a = "2";
      }).errors,
    ).toEqual(["data: Forbidden: field is immutable when `immutable` is set"]);
    const secret = stored("Secret", { stringData: { a: "é" } });
    expect(secret.data).toEqual({ a: "w6k=" });
    expect(
      update("Secret", secret, (next) => {
        next.type = "other";
      }).errors,
    ).toEqual(['type: Invalid value: "other": field is immutable']);
  });
});

describe("quality of service", () => {
  const qos = (resources: unknown[]) =>
    stored("Pod", {
      spec: { containers: resources.map((item, index) => ({ name: `c${index}`, image: "a", resources: item })) },
    }).status.qosClass;
  it("is Guaranteed only where every container's limits are its requests", () => {
    expect(qos([{}])).toBe("BestEffort");
    expect(qos([{ requests: { cpu: "1" } }])).toBe("Burstable");
    expect(qos([{ limits: { cpu: "1", memory: "1Gi" } }])).toBe("Guaranteed");
    expect(qos([{ limits: { cpu: "1", memory: "1Gi" } }, {}])).toBe("Burstable");
  });
});

/** The differences that messages show, in the fields of the API server's internal types. */
import { describe, expect, it } from "vitest";
import { atOnce } from "../../machinery/steps.ts";
import { validatePodUpdate } from "../pods/validate-update.ts";
import type { PersistentVolumeClaim, Pod } from "../types.ts";
import { validateClaimUpdate } from "../volumes/validate-claim.ts";
import { internalText, toInternal } from "./show.ts";

const pod = (change: (spec: NonNullable<Pod["spec"]>) => void): Pod => {
  const object: Pod = {
    metadata: { name: "web", namespace: "default" },
    spec: {
      containers: [
        {
          name: "nginx",
          image: "nginx:1.27",
          ports: [{ containerPort: 80, protocol: "TCP" }],
          imagePullPolicy: "IfNotPresent",
          terminationMessagePath: "/dev/termination-log",
          terminationMessagePolicy: "File",
          resources: {},
        },
      ],
      restartPolicy: "Always",
      dnsPolicy: "ClusterFirst",
      terminationGracePeriodSeconds: 30,
      schedulerName: "default-scheduler",
      securityContext: {},
    },
  };
  if (object.spec !== undefined) change(object.spec);
  return object;
};

describe("a Pod update that changes more than it may", () => {
  it("is refused with the difference of the specs, all fields counted", () => {
    const [error] = atOnce(
      validatePodUpdate(
        pod((spec) => {
          spec.nodeName = "node-2";
        }),
        pod((spec) => {
          spec.nodeName = "node-1";
        }),
      ),
    );
    expect(error?.field).toBe("spec");
    expect(error?.detail).toBe(
      "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n" +
        `@@ -50,7 +50,7 @@
  "NodeSelector": null,
  "ServiceAccountName": "",
  "AutomountServiceAccountToken": null,
- "NodeName": "node-1",
+ "NodeName": "node-2",
  "SecurityContext": {
   "HostNetwork": false,
   "HostPID": false,
`,
    );
  });

  it("leaves out what may change", () => {
    const [error] = atOnce(
      validatePodUpdate(
        pod((spec) => {
          for (const container of spec.containers) {
            container.image = "nginx:1.28";
            container.ports = [{ containerPort: 8080, protocol: "TCP" }];
          }
        }),
        pod(() => {}),
      ),
    );
    expect(error?.detail.split("\n").slice(1).join("\n")).toBe(
      `@@ -12,7 +12,7 @@
     {
      "Name": "",
      "HostPort": 0,
-     "ContainerPort": 80,
+     "ContainerPort": 8080,
      "Protocol": "TCP",
      "HostIP": ""
     }
`,
    );
  });
});

describe("a claim update that changes more than it may", () => {
  it("shows the difference", () => {
    const claim = (storageClassName: string): PersistentVolumeClaim => ({
      metadata: { name: "www", namespace: "default" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
        storageClassName,
        volumeMode: "Filesystem",
      },
    });
    const [error] = validateClaimUpdate(claim("fast"), claim("standard"));
    expect(error?.detail).toBe(
      `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims
@@ -10,7 +10,7 @@
   }
  },
  "VolumeName": "",
- "StorageClassName": "standard",
+ "StorageClassName": "fast",
  "VolumeMode": "Filesystem",
  "DataSource": null,
  "DataSourceRef": null,
`,
    );
  });
});

describe("internal values", () => {
  it("have what is absent as Go's zero values, and escape as Go does", () => {
    expect(internalText({ name: "A", value: "a<b & c" }, "EnvVar")).toBe(
      '{"Name":"A","Value":"a\\u003cb \\u0026 c","ValueFrom":null}',
    );
    expect(
      Object.entries(toInternal({ name: "v", emptyDir: {} }, "Volume") as object).filter(([, value]) => value !== null),
    ).toEqual([
      ["Name", "v"],
      ["EmptyDir", { Medium: "", SizeLimit: null }],
    ]);
  });

  it("have host namespaces in the security context, and template metadata in line", () => {
    const text = internalText(
      { metadata: { labels: { a: "b" } }, spec: { hostNetwork: true, containers: [] } },
      "PodTemplateSpec",
    );
    expect(text).toMatch(/^\{"labels":\{"a":"b"\},"Spec":\{"Volumes":null,"InitContainers":null,"Containers":null,/);
    expect(text).toContain('"SecurityContext":{"HostNetwork":true,"HostPID":false,');
  });
});

/**
 * Kubernetes' tutorial "Deploying Cassandra with a StatefulSet", command by command; the storage class is minikube's, as
 * on the page. (kubernetes/website, docs/tutorials/stateful-application/cassandra)
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";
import { table, walker } from "./tutorial.ts";

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: cassandra, labels: {app: cassandra}}
spec:
  clusterIP: None
  ports: [{port: 9042}]
  selector: {app: cassandra}
`;

const CASSANDRA = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cassandra, labels: {app: cassandra}}
spec:
  serviceName: cassandra
  replicas: 3
  selector: {matchLabels: {app: cassandra}}
  template:
    metadata: {labels: {app: cassandra}}
    spec:
      terminationGracePeriodSeconds: 500
      containers:
      - name: cassandra
        image: gcr.io/google-samples/cassandra:v13
        imagePullPolicy: Always
        ports:
        - {containerPort: 7000, name: intra-node}
        - {containerPort: 7001, name: tls-intra-node}
        - {containerPort: 7199, name: jmx}
        - {containerPort: 9042, name: cql}
        resources:
          limits: {cpu: 500m, memory: 1Gi}
          requests: {cpu: 500m, memory: 1Gi}
        securityContext: {capabilities: {add: [IPC_LOCK]}}
        lifecycle: {preStop: {exec: {command: [/bin/sh, -c, nodetool drain]}}}
        env:
        - {name: MAX_HEAP_SIZE, value: 512M}
        - {name: HEAP_NEWSIZE, value: 100M}
        - {name: CASSANDRA_SEEDS, value: cassandra-0.cassandra.default.svc.cluster.local}
        - {name: CASSANDRA_CLUSTER_NAME, value: K8Demo}
        - {name: CASSANDRA_DC, value: DC1-K8Demo}
        - {name: CASSANDRA_RACK, value: Rack1-K8Demo}
        - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        readinessProbe:
          exec: {command: [/bin/bash, -c, /ready-probe.sh]}
          initialDelaySeconds: 15
          timeoutSeconds: 5
        volumeMounts: [{name: cassandra-data, mountPath: /cassandra_data}]
  volumeClaimTemplates:
  - metadata: {name: cassandra-data}
    spec:
      accessModes: [ReadWriteOnce]
      storageClassName: fast
      resources: {requests: {storage: 1Gi}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: k8s.io/minikube-hostpath
parameters: {type: pd-ssd}
`;

describe("Deploying Cassandra with a StatefulSet", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner({
      files: { "cassandra-service.yaml": SERVICE, "cassandra-statefulset.yaml": CASSANDRA },
      latencies: "realistic",
      nodes: 3,
    });
  });
  afterAll(() => me.close());
  const { ok, watching } = walker(() => me);
  const ring = async () => {
    const text = await ok("kubectl exec cassandra-0 -- nodetool status");
    expect(text).toContain(
      "Datacenter: DC1-K8Demo\n======================\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n--  Address ",
    );
    return text.split("\n").filter((line) => /^[UD][NLJM] /.test(line));
  };

  it("has a headless Service", async () => {
    expect(await ok("kubectl apply -f cassandra-service.yaml")).toBe("service/cassandra created\n");
    expect(table(await ok("kubectl get svc cassandra"))).toEqual([
      ["cassandra", "ClusterIP", "None", "<none>", "9042/TCP"],
    ]);
  });

  it("forms a ring, one Pod after the other", async () => {
    const seen = await watching("kubectl get pods -l app=cassandra -w", async () => {
      expect(await ok("kubectl apply -f cassandra-statefulset.yaml")).toBe(
        "statefulset.apps/cassandra created\nstorageclass.storage.k8s.io/fast created\n",
      );
      expect(table(await ok("kubectl get statefulset cassandra"))).toEqual([["cassandra", "0/3"]]);
      // The class comes after the first claim: the binder looks at it again every 15 seconds.
      await me.sandbox.advance({ withinMs: 16_000, untilSettled: false });
      await me.settle();
    });
    expect(seen).toEqual(
      ["cassandra-0", "cassandra-1", "cassandra-2"].flatMap((pod) => [
        `${pod} 0/1 Pending`,
        `${pod} 0/1 ContainerCreating`,
        `${pod} 0/1 Running`,
        `${pod} 1/1 Running`,
      ]),
    );
    const nodes = await ring();
    expect(nodes).toHaveLength(3);
    for (const node of nodes)
      expect(node).toMatch(/^UN {2}\S+ +\S+ [KM]iB +32 +\d+\.\d% +[\da-f-]{36} {2}Rack1-K8Demo$/);
  });

  it("grows when edited", async () => {
    expect(await ok(`EDITOR="sed -i 's/replicas: 3$/replicas: 4/'" kubectl edit statefulset cassandra`)).toBe(
      "statefulset.apps/cassandra edited\n",
    );
    await me.settle();
    expect(table(await ok("kubectl get statefulset cassandra"))).toEqual([["cassandra", "4/4"]]);
    expect(await ring()).toHaveLength(4);
  });

  it("keeps its rows when a Pod comes back on its volume", async () => {
    const cql = (pod: string, text: string) => ok(`kubectl exec ${pod} -- cqlsh -e "${text}"`);
    await cql(
      "cassandra-0",
      "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; CREATE TABLE shop.items (id int PRIMARY KEY, name text)",
    );
    for (let id = 0; id < 8; id++) await cql("cassandra-1", `INSERT INTO shop.items (id, name) VALUES (${id}, 'item')`);
    await ok("kubectl delete pod cassandra-2");
    await me.settle();
    expect(await cql("cassandra-3", "SELECT count(*) FROM shop.items")).toMatch(/\n +8\n/);
  });

  it("is cleaned up by the page's chain of commands", async () => {
    const result = await me.run(
      `grace=$(kubectl get pod cassandra-0 -o=jsonpath='{.spec.terminationGracePeriodSeconds}') && kubectl delete statefulset -l app=cassandra && echo "Sleeping \${grace} seconds" 1>&2 && sleep $grace && kubectl delete persistentvolumeclaim -l app=cassandra`,
    );
    expect(result.stderr).toBe("Sleeping 500 seconds\n");
    expect(result.stdout).toBe(
      `statefulset.apps "cassandra" deleted\n${[0, 1, 2, 3].map((ordinal) => `persistentvolumeclaim "cassandra-data-cassandra-${ordinal}" deleted\n`).join("")}`,
    );
    expect(await ok("kubectl delete service -l app=cassandra")).toBe('service "cassandra" deleted\n');
    expect(table(await ok("kubectl get pods,pvc,pv"))).toEqual([]);
  });
});

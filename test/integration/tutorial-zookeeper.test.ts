/**
 * Kubernetes' tutorial "Running ZooKeeper, A Distributed System Coordinator", command by command, on four nodes whose
 * volumes can move. (kubernetes/website, docs/tutorials/stateful-application/zookeeper)
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";
import { table, walker } from "./tutorial.ts";

const START = [
  "start-zookeeper --servers=3 --data_dir=/var/lib/zookeeper/data --data_log_dir=/var/lib/zookeeper/data/log",
  "--conf_dir=/opt/zookeeper/conf --client_port=2181 --election_port=3888 --server_port=2888 --tick_time=2000",
  "--init_limit=10 --sync_limit=5 --heap=512M --max_client_cnxns=60 --snap_retain_count=3 --purge_interval=12",
  "--max_session_timeout=40000 --min_session_timeout=4000 --log_level=INFO",
].join(" ");

const PROBE = '{exec: {command: [sh, -c, "zookeeper-ready 2181"]}, initialDelaySeconds: 10, timeoutSeconds: 5}';

/** Volumes on the default class of the sandbox stay on their node; the tutorial's can be attached anywhere. */
const DISK = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: disk}
provisioner: disk.csi.statecraft.dev
`;

const ZOOKEEPER = `apiVersion: v1
kind: Service
metadata: {name: zk-hs, labels: {app: zk}}
spec:
  clusterIP: None
  selector: {app: zk}
  ports: [{port: 2888, name: server}, {port: 3888, name: leader-election}]
---
apiVersion: v1
kind: Service
metadata: {name: zk-cs, labels: {app: zk}}
spec:
  selector: {app: zk}
  ports: [{port: 2181, name: client}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: zk-pdb}
spec:
  selector: {matchLabels: {app: zk}}
  maxUnavailable: 1
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: zk}
spec:
  selector: {matchLabels: {app: zk}}
  serviceName: zk-hs
  replicas: 3
  updateStrategy: {type: RollingUpdate}
  podManagementPolicy: OrderedReady
  template:
    metadata: {labels: {app: zk}}
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - labelSelector: {matchExpressions: [{key: app, operator: In, values: [zk]}]}
            topologyKey: kubernetes.io/hostname
      securityContext: {runAsUser: 1000, fsGroup: 1000}
      containers:
      - name: kubernetes-zookeeper
        imagePullPolicy: Always
        image: registry.k8s.io/kubernetes-zookeeper:1.0-3.4.10
        resources: {requests: {memory: 1Gi, cpu: "0.5"}}
        ports: [{containerPort: 2181, name: client}, {containerPort: 2888, name: server}, {containerPort: 3888, name: leader-election}]
        command: [sh, -c, "${START}"]
        readinessProbe: ${PROBE}
        livenessProbe: ${PROBE}
        volumeMounts: [{name: datadir, mountPath: /var/lib/zookeeper}]
  volumeClaimTemplates:
  - metadata: {name: datadir}
    spec:
      accessModes: [ReadWriteOnce]
      storageClassName: disk
      resources: {requests: {storage: 10Gi}}
`;

const started = (pod: string, status = "Running") => [
  `${pod} 0/1 Pending`,
  `${pod} 0/1 ContainerCreating`,
  `${pod} 0/1 ${status}`,
  `${pod} 1/1 ${status}`,
];

describe("Running ZooKeeper", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner({ files: { "zookeeper.yaml": ZOOKEEPER }, setup: DISK, latencies: "realistic", nodes: 4 });
  });
  afterAll(() => me.close());
  const { ok, watching } = walker(() => me);
  const nodeOf = (pod: string) => ok(`kubectl get pod ${pod} --template {{.spec.nodeName}}`);
  const drain = (pod: string) =>
    `kubectl drain $(kubectl get pod ${pod} --template {{.spec.nodeName}}) --ignore-daemonsets --force --delete-emptydir-data`;

  it("creates an ensemble in order", async () => {
    const seen = await watching("kubectl get pods -w -l app=zk", async () => {
      expect(await ok("kubectl apply -f zookeeper.yaml")).toBe(
        "service/zk-hs created\nservice/zk-cs created\npoddisruptionbudget.policy/zk-pdb created\nstatefulset.apps/zk created\n",
      );
      await me.settle();
    });
    expect(seen).toEqual(["zk-0", "zk-1", "zk-2"].flatMap((pod) => started(pod)));
  });

  it("has names, ids and members from ordinals", async () => {
    expect(await ok("for i in 0 1 2; do kubectl exec zk-$i -- hostname; done")).toBe("zk-0\nzk-1\nzk-2\n");
    expect(
      await ok('for i in 0 1 2; do echo "myid zk-$i";kubectl exec zk-$i -- cat /var/lib/zookeeper/data/myid; done'),
    ).toBe("myid zk-0\n1\nmyid zk-1\n2\nmyid zk-2\n3\n");
    expect(await ok("for i in 0 1 2; do kubectl exec zk-$i -- hostname -f; done")).toBe(
      [0, 1, 2].map((ordinal) => `zk-${ordinal}.zk-hs.default.svc.cluster.local\n`).join(""),
    );
    const config = (await ok("kubectl exec zk-0 -- cat /opt/zookeeper/conf/zoo.cfg")).split("\n");
    expect(config).toEqual(
      expect.arrayContaining([
        "clientPort=2181",
        "dataDir=/var/lib/zookeeper/data",
        "dataLogDir=/var/lib/zookeeper/data/log",
        "tickTime=2000",
        "initLimit=10",
        "syncLimit=5",
        "maxClientCnxns=60",
        "minSessionTimeout=4000",
        "maxSessionTimeout=40000",
        "autopurge.snapRetainCount=3",
        "autopurge.purgeInterval=12",
        ...[1, 2, 3].map((id) => `server.${id}=zk-${id - 1}.zk-hs.default.svc.cluster.local:2888:3888`),
      ]),
    );
  });

  it("serves on one server what was written on another, and still does after all Pods were deleted", async () => {
    expect(await ok("kubectl exec zk-0 -- zkCli.sh create /hello world")).toContain(
      "WATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\nCreated /hello\n",
    );
    const got =
      /WATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\nworld\ncZxid = 0x\w+\nctime = .*\nmZxid = 0x\w+\nmtime = .*\npZxid = 0x\w+\ncversion = 0\ndataVersion = 0\naclVersion = 0\nephemeralOwner = 0x0\ndataLength = 5\nnumChildren = 0\n$/;
    expect(await ok("kubectl exec zk-1 -- zkCli.sh get /hello")).toMatch(got);
    expect(await ok("kubectl delete statefulset zk")).toBe('statefulset.apps "zk" deleted\n');
    await me.settle();
    expect(await ok("kubectl apply -f zookeeper.yaml")).toBe(
      "service/zk-hs unchanged\nservice/zk-cs unchanged\npoddisruptionbudget.policy/zk-pdb unchanged\nstatefulset.apps/zk created\n",
    );
    await me.settle();
    expect(await ok("kubectl exec zk-2 -- zkCli.sh get /hello")).toMatch(got);
    expect(table(await ok("kubectl get pvc -l app=zk")).map((row) => [row[0], row[1], row[3], row[4]])).toEqual(
      [0, 1, 2].map((ordinal) => [`datadir-zk-${ordinal}`, "Bound", "10Gi", "RWO"]),
    );
  });

  it("logs to the console, and runs as the user zookeeper", async () => {
    expect(await ok("kubectl exec zk-0 -- cat /usr/etc/zookeeper/log4j.properties")).toContain(
      "zookeeper.root.logger=CONSOLE\nzookeeper.console.threshold=INFO\nlog4j.rootLogger=${zookeeper.root.logger}\n",
    );
    expect(await ok("kubectl logs zk-0 --tail 20")).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \[myid:1\] - INFO /m,
    );
    expect(await ok("kubectl exec zk-0 -- ps -elf")).toMatch(/zookeep\S* +\d+ .*org\.apache\.zookeeper/);
    expect((await me.run("kubectl exec -ti zk-0 -- ls -ld /var/lib/zookeeper/data")).stdout).toMatch(
      /^drwxr[w-][xs]r-[x-] \d+ zookeeper zookeeper 4096 .* \/var\/lib\/zookeeper\/data/,
    );
  });

  it("is updated one by one from the last, and rolled back", async () => {
    expect(
      await ok(
        `kubectl patch sts zk --type='json' -p='[{"op": "replace", "path": "/spec/template/spec/containers/0/resources/requests/cpu", "value":"0.3"}]'`,
      ),
    ).toBe("statefulset.apps/zk patched\n");
    expect(await ok("kubectl rollout status sts/zk")).toMatch(/partitioned roll out complete: 3 new pods/);
    expect(await ok("kubectl rollout history sts/zk")).toBe(
      "statefulset.apps/zk \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n",
    );
    expect(await ok("kubectl rollout undo sts/zk")).toBe("statefulset.apps/zk rolled back\n");
    await ok("kubectl rollout status sts/zk");
    expect(
      await ok("kubectl get pods -l app=zk -o jsonpath={.items[*].spec.containers[0].resources.requests.cpu}"),
    ).toBe("500m 500m 500m");
  });

  it("restarts a server that ended, and one whose probe fails", async () => {
    const ended = await watching("kubectl get pod -w -l app=zk", async () => {
      await ok("kubectl exec zk-0 -- pkill java");
      await me.settle();
    });
    expect(ended.slice(3)).toEqual(["zk-0 0/1 Error", "zk-0 0/1 Running", "zk-0 1/1 Running"]);
    const failing = await watching("kubectl get pod -w -l app=zk", async () => {
      await ok("kubectl exec zk-0 -- rm /opt/zookeeper/bin/zookeeper-ready");
      await me.sandbox.advance({ withinMs: 60_000, untilSettled: false });
      await me.settle();
    });
    // It is not ready first; the restart brings the script back.
    expect(failing.slice(3).filter((line) => line.endsWith("Running"))).toEqual([
      "zk-0 0/1 Running",
      ...(failing.includes("zk-0 0/1 CrashLoopBackOff") ? ["zk-0 0/1 Running"] : []),
      "zk-0 1/1 Running",
    ]);
    expect(await ok("kubectl get pod zk-0 -o jsonpath={.status.containerStatuses[0].restartCount}")).toBe("2");
  });

  it("survives maintenance: two nodes are drained, the third is refused while a server is missing", async () => {
    const nodes = [await nodeOf("zk-0"), await nodeOf("zk-1"), await nodeOf("zk-2")];
    expect(new Set(nodes).size).toBe(3);
    expect(table(await ok("kubectl get pdb zk-pdb"))).toEqual([["zk-pdb", "N/A", "1", "1"]]);
    const moved = await watching("kubectl get pods -w -l app=zk", async () => {
      expect(await ok(drain("zk-0"))).toMatch(/evicting pod default\/zk-0\n[\s\S]*node\/\S+ drained\n$/);
      await me.settle();
    });
    expect(moved.slice(-4)).toEqual(started("zk-0"));
    await ok(drain("zk-1"));
    await me.settle();
    expect(table(await ok("kubectl get pods zk-1"))).toEqual([["zk-1", "0/1", "Pending", "0"]]);
    const refused = await me.run(`timeout 12 ${drain("zk-2")}`);
    expect(refused.stderr).toContain(
      `error when evicting pods/"zk-2" -n "default" (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.\n`,
    );
    expect(await ok("kubectl exec zk-0 -- zkCli.sh get /hello")).toContain("\nworld\n");
    expect(await ok(`kubectl uncordon ${nodes[0]}`)).toBe(`node/${nodes[0]} uncordoned\n`);
    await me.settle();
    expect(table(await ok("kubectl get pods zk-1"))).toEqual([["zk-1", "1/1", "Running", "0"]]);
    expect(await ok(drain("zk-2"))).toContain("pod/zk-2 evicted\n");
    await ok(`kubectl uncordon ${nodes[1]}`);
    await me.settle();
    expect(table(await ok("kubectl get pods -l app=zk")).map((row) => row[1])).toEqual(["1/1", "1/1", "1/1"]);
  });
});

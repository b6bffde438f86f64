/** The clustered systems of the seeds and of the tutorials, as StatefulSets of apps/v1. */
import { services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import type { Running } from "./cluster-harness.ts";

/** ZooKeeper as the tutorial of Kubernetes runs it: `zk`, three servers on three nodes. */
export function createZooKeeper({ cluster: { client } }: Running): void {
  client.create(services, {
    metadata: { name: "zk-hs", namespace: "default" },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "zk" },
      ports: [
        { port: 2888, name: "server" },
        { port: 3888, name: "leader-election" },
      ],
    },
  } as never);
  const probe = { exec: { command: ["sh", "-c", "zookeeper-ready 2181"] }, initialDelaySeconds: 10, timeoutSeconds: 5 };
  client.create(statefulSets, {
    metadata: { name: "zk", namespace: "default" },
    spec: {
      serviceName: "zk-hs",
      replicas: 3,
      podManagementPolicy: "OrderedReady",
      selector: { matchLabels: { app: "zk" } },
      template: {
        metadata: { labels: { app: "zk" } },
        spec: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: { app: "zk" } }, topologyKey: "kubernetes.io/hostname" },
              ],
            },
          },
          securityContext: { runAsUser: 1000, fsGroup: 1000 },
          containers: [
            {
              name: "kubernetes-zookeeper",
              image: "registry.k8s.io/kubernetes-zookeeper:1.0-3.4.10",
              command: [
                "sh",
                "-c",
                "start-zookeeper --servers=3 --data_dir=/var/lib/zookeeper/data --data_log_dir=/var/lib/zookeeper/data/log --conf_dir=/opt/zookeeper/conf --client_port=2181 --election_port=3888 --server_port=2888 --tick_time=2000 --init_limit=10 --sync_limit=5 --heap=512M --max_client_cnxns=60 --snap_retain_count=3 --purge_interval=12 --max_session_timeout=40000 --min_session_timeout=4000 --log_level=INFO",
              ],
              readinessProbe: probe,
              livenessProbe: probe,
              volumeMounts: [{ name: "datadir", mountPath: "/var/lib/zookeeper" }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "datadir" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
}

const installMounts = [
  { name: "workdir", mountPath: "/work-dir" },
  { name: "config", mountPath: "/etc/mysql" },
];

/** The Galera PetSet of the seeds: `mysql`, three members. */
export function createGalera({ cluster: { client } }: Running): void {
  client.create(services, {
    metadata: { name: "galera", namespace: "default", labels: { app: "mysql" } },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "mysql" },
      ports: [{ port: 3306, name: "mysql" }],
    },
  } as never);
  client.create(statefulSets, {
    metadata: { name: "mysql", namespace: "default" },
    spec: {
      serviceName: "galera",
      replicas: 3,
      selector: { matchLabels: { app: "mysql" } },
      template: {
        metadata: { labels: { app: "mysql" } },
        spec: {
          terminationGracePeriodSeconds: 0,
          initContainers: [
            {
              name: "install",
              image: "gcr.io/google_containers/galera-install:0.1",
              imagePullPolicy: "Always",
              args: ["--work-dir=/work-dir"],
              volumeMounts: installMounts,
            },
            {
              name: "bootstrap",
              image: "debian:jessie",
              command: ["/work-dir/peer-finder"],
              args: ['-on-start="/work-dir/on-start.sh"', "-service=galera"],
              env: [
                {
                  name: "POD_NAMESPACE",
                  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } },
                },
              ],
              volumeMounts: installMounts,
            },
          ],
          containers: [
            {
              name: "mysql",
              image: "gcr.io/google_containers/mysql-galera:e2e",
              args: ["--defaults-file=/etc/mysql/my-galera.cnf", "--user=root"],
              ports: [
                { containerPort: 3306, name: "mysql" },
                { containerPort: 4567, name: "replication" },
              ],
              readinessProbe: {
                exec: { command: ["sh", "-c", "mysql -u root -e 'show databases;'"] },
                initialDelaySeconds: 15,
                timeoutSeconds: 5,
                successThreshold: 2,
              },
              volumeMounts: [
                { name: "datadir", mountPath: "/var/lib/mysql" },
                { name: "config", mountPath: "/etc/mysql" },
              ],
            },
          ],
          volumes: [
            { name: "config", emptyDir: {} },
            { name: "workdir", emptyDir: {} },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "datadir" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
}

const redisMounts = [
  { name: "opt", mountPath: "/opt" },
  { name: "workdir", mountPath: "/work-dir" },
];

/** The Redis PetSet of 2016: `rd`, three servers with install and bootstrap as init containers. */
export function createRedis({ cluster: { client } }: Running): void {
  client.create(services, {
    metadata: { name: "redis", namespace: "default", labels: { app: "redis" } },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "redis" },
      ports: [{ port: 6379, name: "peer" }],
    },
  } as never);
  client.create(statefulSets, {
    metadata: { name: "rd", namespace: "default" },
    spec: {
      serviceName: "redis",
      replicas: 3,
      selector: { matchLabels: { app: "redis" } },
      template: {
        metadata: { labels: { app: "redis" } },
        spec: {
          terminationGracePeriodSeconds: 0,
          initContainers: [
            {
              name: "install",
              image: "gcr.io/google_containers/redis-install-3.2.0:e2e",
              imagePullPolicy: "Always",
              args: ["--install-into=/opt", "--work-dir=/work-dir"],
              volumeMounts: redisMounts,
            },
            {
              name: "bootstrap",
              image: "debian:jessie",
              command: ["/work-dir/peer-finder"],
              args: ['-on-start="/work-dir/on-start.sh"', "-service=redis"],
              env: [
                {
                  name: "POD_NAMESPACE",
                  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } },
                },
              ],
              volumeMounts: redisMounts,
            },
          ],
          containers: [
            {
              name: "redis",
              image: "debian:jessie",
              ports: [{ containerPort: 6379, name: "peer" }],
              command: ["/opt/redis/redis-server"],
              args: ["/opt/redis/redis.conf"],
              readinessProbe: {
                exec: { command: ["sh", "-c", "/opt/redis/redis-cli -h $(hostname) ping"] },
                initialDelaySeconds: 15,
                timeoutSeconds: 5,
              },
              volumeMounts: [
                { name: "datadir", mountPath: "/data" },
                { name: "opt", mountPath: "/opt" },
              ],
            },
          ],
          volumes: [
            { name: "opt", emptyDir: {} },
            { name: "workdir", emptyDir: {} },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "datadir" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
}

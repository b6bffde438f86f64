/** etcd and Kafka as StatefulSets. */
import { configMaps, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import type { Running } from "./cluster-harness.ts";

/** Members of `createEtcd`, as --initial-cluster names them. */
export const ETCD_PEERS = [0, 1, 2].map((ordinal) => `etcd-${ordinal}=http://etcd-${ordinal}.etcd:2380`);

/** etcd as its documentation runs it: `etcd`, three members that start together. */
export function createEtcd(
  { cluster: { client } }: Running,
  image = "quay.io/coreos/etcd:v3.5.6",
  discover = false,
): void {
  const domain = discover ? "etcd.default.svc.cluster.local" : "etcd";
  client.create(services, {
    metadata: { name: "etcd", namespace: "default" },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "etcd" },
      ports: [
        { port: 2379, name: "etcd-client" },
        { port: 2380, name: "etcd-server" },
      ],
    },
  } as never);
  client.create(statefulSets, {
    metadata: { name: "etcd", namespace: "default" },
    spec: {
      serviceName: "etcd",
      replicas: 3,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: { app: "etcd" } },
      template: {
        metadata: { labels: { app: "etcd" } },
        spec: {
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    labelSelector: { matchLabels: { app: "etcd" } },
                    topologyKey: "kubernetes.io/hostname",
                  },
                },
              ],
            },
          },
          containers: [
            {
              name: "etcd",
              image,
              env: [
                { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                { name: "PEERS", value: ETCD_PEERS.join(",") },
                { name: "STATE", value: "new" },
              ],
              command: ["/usr/local/bin/etcd"],
              args: [
                "--name=$(POD)",
                "--data-dir=/var/run/etcd/default.etcd",
                "--listen-peer-urls=http://0.0.0.0:2380",
                "--listen-client-urls=http://0.0.0.0:2379",
                `--initial-advertise-peer-urls=http://$(POD).${domain}:2380`,
                `--advertise-client-urls=http://$(POD).${domain}:2379`,
                "--initial-cluster-token=etcd-cluster-1",
                discover ? `--discovery-srv=${domain}` : "--initial-cluster=$(PEERS)",
                "--initial-cluster-state=$(STATE)",
              ],
              ports: [{ containerPort: 2379 }, { containerPort: 2380 }],
              readinessProbe: { httpGet: { path: "/health", port: 2379 }, periodSeconds: 5, timeoutSeconds: 5 },
              livenessProbe: {
                httpGet: { path: "/health?serializable=true", port: 2379 },
                initialDelaySeconds: 15,
                failureThreshold: 8,
              },
              volumeMounts: [{ name: "data", mountPath: "/var/run/etcd" }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
}

/** The first three are brokers and controllers, whoever comes later is a broker alone. */
const START = `export KAFKA_NODE_ID=\${HOSTNAME##*-}
if [ $KAFKA_NODE_ID -ge 3 ]; then
  export KAFKA_PROCESS_ROLES=broker KAFKA_LISTENERS=PLAINTEXT://:9092
else
  export KAFKA_PROCESS_ROLES=broker,controller
fi
export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://$HOSTNAME.kafka-headless:9092
exec /etc/kafka/docker/run
`;
const VOTERS = [0, 1, 2].map((id) => `${id}@kafka-${id}.kafka-headless:9093`).join(",");

/** `kafka`: KRaft, ids from ordinals, the first three both brokers and controllers, at least two in sync. */
export function createKafka({ cluster: { client } }: Running, image = "apache/kafka:3.9.1", replicas = 3): void {
  client.create(configMaps, {
    metadata: { name: "kafka-start", namespace: "default" },
    data: { "start.sh": START },
  } as never);
  client.create(services, {
    metadata: { name: "kafka-headless", namespace: "default" },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "kafka" },
      ports: [
        { port: 9092, name: "client" },
        { port: 9093, name: "controller" },
      ],
    },
  } as never);
  const env = {
    CLUSTER_ID: "MkU3OEVBNTcwNTJENDM2Qk",
    KAFKA_LISTENERS: "PLAINTEXT://:9092,CONTROLLER://:9093",
    KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    KAFKA_CONTROLLER_QUORUM_VOTERS: VOTERS,
    KAFKA_LOG_DIRS: "/var/lib/kafka/data/logs",
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "3",
    KAFKA_DEFAULT_REPLICATION_FACTOR: "3",
    KAFKA_MIN_INSYNC_REPLICAS: "2",
  };
  client.create(statefulSets, {
    metadata: { name: "kafka", namespace: "default" },
    spec: {
      serviceName: "kafka-headless",
      replicas,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: { app: "kafka" } },
      template: {
        metadata: { labels: { app: "kafka" } },
        spec: {
          securityContext: { fsGroup: 1000, runAsUser: 1000 },
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    labelSelector: { matchLabels: { app: "kafka" } },
                    topologyKey: "kubernetes.io/hostname",
                  },
                },
              ],
            },
          },
          containers: [
            {
              name: "kafka",
              image,
              command: ["bash", "/start/start.sh"],
              env: Object.entries(env).map(([name, value]) => ({ name, value })),
              ports: [{ containerPort: 9092 }, { containerPort: 9093 }],
              readinessProbe: { tcpSocket: { port: 9092 }, periodSeconds: 5 },
              volumeMounts: [
                { name: "data", mountPath: "/var/lib/kafka/data" },
                { name: "start", mountPath: "/start" },
              ],
            },
          ],
          volumes: [{ name: "start", configMap: { name: "kafka-start" } }],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
}

import { type DirectoryTree, directory, merged, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import type { ImageFamily, Repository } from "../types.ts";
import { apacheRun, bitnamiRun, confluentRun, passOn } from "./entrypoints.ts";
import { serverStart } from "./main.ts";
import { kafkaTool, TOOLS } from "./tools/main.ts";
import { kafkaStorage } from "./tools/storage.ts";
import { VERSION_FILE } from "./version.ts";

const APACHE = ["4.1.0", "4.0.1", "4.0.0", "3.9.1", "3.9.0", "3.8.1", "3.8.0", "3.7.2", "3.7.1", "3.7.0"];
const BITNAMI = [...APACHE, "3.6.2", "3.6.1", "3.5.1", "3.4.1", "3.3.2", "3.2.3", "3.1.2", "3.0.1", "2.8.1"];
/** Confluent's own numbers, and the Kafka in them. */
const CONFLUENT: Readonly<Record<string, string>> = {
  "8.0.0": "4.0.0",
  "7.9.2": "3.9.1",
  "7.9.0": "3.9.0",
  "7.8.0": "3.8.0",
  "7.7.1": "3.7.1",
  "7.6.1": "3.6.1",
  "7.5.3": "3.5.1",
  "7.4.1": "3.4.1",
  "7.3.2": "3.3.2",
  "7.2.2": "3.2.3",
  "7.1.1": "3.1.2",
  "7.0.1": "3.0.1",
  "6.2.0": "2.8.1",
};

/** All of bin/, with the ending that an image gives them. */
function binaries(ending: string): DirectoryTree {
  return directory({
    [`kafka-server-start${ending}`]: program("kafka/server-start"),
    [`kafka-storage${ending}`]: program("kafka/storage"),
    ...Object.fromEntries(Object.keys(TOOLS).map((name) => [`${name}${ending}`, program("kafka/tool")])),
  });
}

/** Where Kafka of the Kubernetes contributions stands, with the server.properties that it ships. */
const CLASSIC_PROPERTIES =
  "broker.id=0\nlog.dirs=/tmp/kafka-logs\nnum.partitions=1\nzookeeper.connect=localhost:2181\nzookeeper.connection.timeout.ms=6000\n";

const writable = (...paths: readonly string[]) =>
  directory(Object.fromEntries(paths.map((path) => [path, directory({}, { mode: 0o777 })])));

/** The newest version that a tag means: "3.9" is "3.9.1". */
const newest = (versions: readonly string[], tag: string) =>
  tag === "latest" ? versions[0] : versions.find((version) => version === tag || version.startsWith(`${tag}.`));

export function kafkaFamily(roots: BaseRoots): ImageFamily {
  const apache: Repository = {
    name: "docker.io/apache/kafka",
    tags: ["latest", ...APACHE],
    image(tag) {
      const version = tag === "latest" ? APACHE[0] : APACHE.find((one) => one === tag);
      if (version === undefined) return undefined;
      return {
        root: merged(
          merged(roots.alpineWith("bash"), writable("opt/kafka/config", "var/lib/kafka/data", "mnt/shared/config")),
          directory({
            "opt/kafka/bin": binaries(".sh"),
            "__cacert_entrypoint.sh": program("kafka/exec"),
            "etc/kafka/docker/run": program("kafka/apache"),
            [VERSION_FILE.slice(1)]: `${version}\n`,
          }),
        ),
        sizeBytes: 190_000_000,
        uid: 1000,
        gid: 1000,
        entrypoint: ["/__cacert_entrypoint.sh"],
        command: ["/etc/kafka/docker/run"],
        env: { KAFKA_VERSION: version },
        volumes: ["/var/lib/kafka/data"],
        exposedPorts: [9092],
      };
    },
  };
  const confluent: Repository = {
    name: "docker.io/confluentinc/cp-kafka",
    tags: ["latest", ...Object.keys(CONFLUENT)],
    image(tag) {
      const own = newest(Object.keys(CONFLUENT), tag);
      const version = own === undefined ? undefined : CONFLUENT[own];
      if (version === undefined) return undefined;
      return {
        root: merged(
          merged(roots.debianWith("curl", "nc"), writable("etc/kafka", "var/lib/kafka/data")),
          directory({
            "usr/bin": binaries(""),
            "etc/confluent/docker/run": program("kafka/confluent"),
            [VERSION_FILE.slice(1)]: `${version}\n`,
          }),
        ),
        sizeBytes: 430_000_000,
        uid: 1000,
        gid: 1000,
        command: ["/etc/confluent/docker/run"],
        volumes: ["/var/lib/kafka/data"],
        exposedPorts: [9092],
      };
    },
  };
  const bitnami = (name: string): Repository => ({
    name,
    tags: ["latest", ...BITNAMI],
    image(tag) {
      const version = newest(BITNAMI, tag.replace(/-debian-\d+.*$/, ""));
      if (version === undefined) return undefined;
      return {
        root: merged(
          merged(roots.debianWith("curl"), writable("bitnami/kafka", "opt/bitnami/kafka/config")),
          directory({
            "opt/bitnami/kafka/bin": binaries(".sh"),
            "opt/bitnami/scripts/kafka/entrypoint.sh": program("kafka/exec"),
            "opt/bitnami/scripts/kafka/run.sh": program("kafka/bitnami"),
            [VERSION_FILE.slice(1)]: `${version}\n`,
          }),
        ),
        sizeBytes: 330_000_000,
        uid: 1001,
        entrypoint: ["/opt/bitnami/scripts/kafka/entrypoint.sh"],
        command: ["/opt/bitnami/scripts/kafka/run.sh"],
        env: { PATH: "/opt/bitnami/kafka/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
        volumes: ["/bitnami/kafka"],
        exposedPorts: [9092],
      };
    },
  });
  const classic = (name: string, tag: string): Repository => ({
    name,
    tags: [tag],
    image: (asked) =>
      asked !== tag
        ? undefined
        : {
            root: merged(
              merged(roots.debianWith("nc"), writable("var/lib/kafka", "opt/kafka/logs")),
              directory({
                "opt/kafka/bin": binaries(".sh"),
                "opt/kafka/config/server.properties": CLASSIC_PROPERTIES,
                [VERSION_FILE.slice(1)]: "0.10.2.1\n",
              }),
            ),
            sizeBytes: 250_000_000,
            command: ["bash"],
            env: {
              PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/kafka/bin",
              KAFKA_HOME: "/opt/kafka",
            },
            exposedPorts: [9092],
          },
  });
  return {
    repositories: [
      apache,
      confluent,
      bitnami("docker.io/bitnami/kafka"),
      bitnami("docker.io/bitnamilegacy/kafka"),
      classic("gcr.io/google_samples/k8skafka", "v1"),
      classic("gcr.io/google_containers/kubernetes-kafka", "1.0-10.2.1"),
      classic("registry.k8s.io/kubernetes-kafka", "1.0-10.2.1"),
    ],
    programs: {
      "kafka/server-start": serverStart,
      "kafka/storage": kafkaStorage,
      "kafka/tool": kafkaTool,
      "kafka/exec": passOn,
      "kafka/apache": apacheRun,
      "kafka/confluent": confluentRun,
      "kafka/bitnami": bitnamiRun,
    },
  };
}

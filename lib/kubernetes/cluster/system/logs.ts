/**
 * What the system's components have logged, worked out of the cluster's record when somebody reads it: an idle cluster
 * keeps none of it. Lines are klog's (etcd's: zap's), for what the components of this cluster really did.
 */
import type { Event, Node, Pod } from "../../api/types.ts";
import type { TimelineEntry } from "../../cluster.types.ts";
import type { LogLine, LogSource } from "../../kubelet/log.ts";
import { DNS_START } from "./dns-server.ts";
import { API_PORT, VERSION } from "./manifests.ts";

interface LogContext {
  /** Cluster record, oldest first. */
  readonly entries: () => readonly TimelineEntry[];
  readonly onEntry: (listener: (entry: TimelineEntry) => void) => () => void;
  readonly node: string;
  /** Of the control plane. */
  readonly address: string;
}

/** What a component says when it starts, and of an entry of the record, without stamp; undefined: nothing. */
interface Voice {
  readonly start: (context: LogContext) => readonly string[];
  readonly tell: (entry: TimelineEntry, context: LogContext) => string | undefined;
  /** The line as it is written at `time`. */
  readonly stamp: (time: number, words: string) => string;
}

/** `I1121 08:34:18.123000       1 words`, the first letter being the level. */
function klog(time: number, words: string): string {
  const iso = new Date(time).toISOString();
  return `${words.slice(0, 1)}${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000       1 ${words.slice(2)}`;
}

/** `words`: level, then the fields after the time. */
function zap(time: number, words: string): string {
  const [level = "info", rest = ""] = [words.slice(0, words.indexOf(" ")), words.slice(words.indexOf(" ") + 1)];
  return `{"level":"${level}","ts":"${new Date(time).toISOString().replace("Z", "000Z")}",${rest}}`;
}

const elected = (name: string, node: string) => [
  `I leaderelection.go:257] "Attempting to acquire leader lease..." lock="kube-system/${name}"`,
  `I leaderelection.go:271] "Successfully acquired lease" lock="kube-system/${name}" identity="${node}"`,
];
const FLAGS = 'GOGC="" GOMAXPROCS="" GOTRACEBACK=""';

const quoted = (text: string | undefined) => JSON.stringify(text ?? "");

const SCHEDULER: Voice = {
  start: ({ node }) => [
    "I serving.go:386] Generated self-signed cert in-memory",
    `I server.go:175] "Starting Kubernetes Scheduler" version="${VERSION}"`,
    `I server.go:177] "Golang settings" ${FLAGS}`,
    "I secure_serving.go:211] Serving securely on 127.0.0.1:10259",
    ...elected("kube-scheduler", node),
  ],
  tell({ type, resource, object, actor, namespace, name }) {
    if (actor !== "system:kube-scheduler") return undefined;
    if (resource === "pods" && type === "MODIFIED") {
      const { nodeName } = (object as Pod).spec ?? {};
      const bound = (object as Pod).status?.conditions?.find((one) => one.type === "PodScheduled");
      if (nodeName && bound?.status === "True")
        return `I schedule_one.go:314] "Successfully bound pod to node" pod="${namespace}/${name}" node="${nodeName}"`;
    }
    if (resource !== "events" || type !== "ADDED") return undefined;
    const { reason, note, message, regarding, involvedObject } = object as Event & {
      note?: string;
      regarding?: Event["involvedObject"];
    };
    const about = regarding ?? involvedObject;
    if (reason !== "FailedScheduling") return undefined;
    return `I schedule_one.go:1055] "Unable to schedule pod; no fit; waiting" pod="${about?.namespace}/${about?.name}" err=${quoted(note ?? message)}`;
  },
  stamp: klog,
};

const CONTROLLER_MANAGER: Voice = {
  start: ({ node }) => [
    "I serving.go:386] Generated self-signed cert in-memory",
    `I controllermanager.go:191] "Starting" version="${VERSION}"`,
    `I controllermanager.go:193] "Golang settings" ${FLAGS}`,
    "I secure_serving.go:211] Serving securely on 127.0.0.1:10257",
    ...elected("kube-controller-manager", node),
  ],
  tell({ type, resource, object, actor }) {
    if (resource !== "events" || type === "DELETED") return undefined;
    if (!actor.startsWith("system:serviceaccount:kube-system:") && actor !== "system:kube-controller-manager")
      return undefined;
    const { involvedObject: about, type: kind, reason, message } = object as Event;
    const where = about?.namespace ? `${about.namespace}/${about.name}` : (about?.name ?? "");
    return `I event.go:377] "Event occurred" object=${quoted(where)} fieldPath=${quoted(about?.fieldPath)} kind=${quoted(about?.kind)} apiVersion=${quoted(about?.apiVersion)} type=${quoted(kind)} reason=${quoted(reason)} message=${quoted(message)}`;
  },
  stamp: klog,
};

const API_SERVER: Voice = {
  start: ({ address }) => [
    `I options.go:249] external host was not specified, using ${address}`,
    `I server.go:147] Version: ${VERSION}`,
    `I server.go:149] "Golang settings" ${FLAGS}`,
    `I secure_serving.go:211] Serving securely on [::]:${API_PORT}`,
  ],
  tell({ type, resource, object, name, namespace }) {
    // What the API server does of its own accord: addresses of Services.
    if (resource === "services" && type === "ADDED") {
      const { clusterIP } = (object as { spec?: { clusterIP?: string } }).spec ?? {};
      if (!clusterIP || clusterIP === "None") return undefined;
      return `I alloc.go:328] "allocated clusterIPs" service="${namespace}/${name}" clusterIPs={"IPv4":"${clusterIP}"}`;
    }
    if (resource === "customresourcedefinitions.apiextensions.k8s.io" && type === "ADDED") {
      const spec = (object as { spec?: { group?: string; versions?: readonly { name: string }[] } }).spec;
      return `I handler.go:288] Adding GroupVersion ${spec?.group} ${spec?.versions?.[0]?.name} to ResourceManager`;
    }
    return undefined;
  },
  stamp: klog,
};

const MEMBER = "ec7ff90f5e3f1ae0";
const ETCD: Voice = {
  start: ({ node, address }) => [
    `info "caller":"etcdmain/etcd.go:64","msg":"Running: ","args":["etcd","--name=${node}","--data-dir=/var/lib/etcd"]`,
    `info "caller":"embed/etcd.go:138","msg":"configuring peer listeners","listen-peer-urls":["https://${address}:2380"]`,
    `info "caller":"embed/etcd.go:146","msg":"configuring client listeners","listen-client-urls":["https://127.0.0.1:2379","https://${address}:2379"]`,
    `info "logger":"raft","caller":"v3@v3.6.0/raft.go:970","msg":"${MEMBER} is starting a new election at term 1"`,
    `info "logger":"raft","caller":"v3@v3.6.0/raft.go:912","msg":"${MEMBER} became leader at term 2"`,
    `info "caller":"etcdserver/server.go:1810","msg":"published local member to cluster through raft","local-member-id":"${MEMBER}","local-member-attributes":"{Name:${node} ClientURLs:[https://${address}:2379]}","publish-timeout":"7s"`,
    'info "caller":"embed/serve.go:220","msg":"serving client traffic securely","traffic":"grpc+http","address":"127.0.0.1:2379"',
  ],
  tell: ({ sequence }) =>
    sequence % 1000 === 0
      ? `info "caller":"mvcc/kvstore_compaction.go:70","msg":"finished scheduled compaction","compact-revision":${sequence}`
      : undefined,
  stamp: zap,
};

const KUBE_PROXY: Voice = {
  start: ({ node }) => [
    'I server_linux.go:53] "Using iptables proxy"',
    `I server.go:234] "Successfully retrieved node IP(s)" node="${node}"`,
    'I server_linux.go:132] "Using iptables Proxier" ipFamily="IPv4"',
    `I server.go:527] "Version info" version="${VERSION}"`,
    `I server.go:529] "Golang settings" ${FLAGS}`,
    'I config.go:200] "Starting service config controller"',
    'I config.go:106] "Starting endpoint slice config controller"',
    'I config.go:403] "Starting serviceCIDR config controller"',
    'I config.go:309] "Starting node config controller"',
    'I shared_informer.go:356] "Caches are synced" controller="service config"',
    'I shared_informer.go:356] "Caches are synced" controller="endpoint slice config"',
  ],
  tell({ resource, type, object, name }, { node }) {
    if (resource !== "nodes" || type !== "MODIFIED" || name !== node) return undefined;
    const stays = (object as Node).metadata.deletionTimestamp === undefined;
    return stays ? undefined : `I node.go:100] "Node deleted" node="${node}"`;
  },
  stamp: klog,
};

/** As the image's own program, which is what runs where somebody changed its Pods. */
const COREDNS: Voice = { start: () => DNS_START, tell: () => undefined, stamp: (_time, words) => words };

const VOICES: Readonly<Record<string, Voice>> = {
  etcd: ETCD,
  "kube-apiserver": API_SERVER,
  "kube-controller-manager": CONTROLLER_MANAGER,
  "kube-scheduler": SCHEDULER,
  "kube-proxy": KUBE_PROXY,
  coredns: COREDNS,
};

/** The log of an incarnation of `component` that began at `from` (ms). */
export function logOf(component: string, from: number, context: LogContext): LogSource {
  const voice = VOICES[component];
  if (voice === undefined) throw new Error(`${component} has no voice`);
  const line = (time: number, words: string): LogLine => ({
    time,
    text: voice.stamp(time, words),
    complete: true,
    derived: true,
  });
  const told = (entry: TimelineEntry): LogLine | undefined => {
    const words = entry.time < from ? undefined : voice.tell(entry, context);
    return words === undefined ? undefined : line(entry.time, words);
  };
  return {
    lines: () => [
      ...voice.start(context).map((words) => line(from, words)),
      ...context.entries().flatMap((entry) => told(entry) ?? []),
    ],
    follow: (listener) =>
      context.onEntry((entry) => {
        const next = told(entry);
        if (next !== undefined) listener(next);
      }),
  };
}

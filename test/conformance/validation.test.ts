/**
 * Objects a real API server refused, or filled with defaults, against the definitions alone (no server): what the
 * definitions say must be what it said. The recordings are of 1.23; where 1.34 differs, 1.34 wins and is listed here.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { definitions } from "../../lib/kubernetes/api/index.ts";
import { clone, fieldErrorMessage, type KubernetesObject, rfc3339 } from "../../lib/kubernetes/machinery/index.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(`./recordings/${name}.json`, import.meta.url), "utf8"));
const now = Date.parse("2026-11-20T15:31:33Z");

function definitionOf({ apiVersion = "", kind }: KubernetesObject) {
  return definitions.find(
    ({ group, version, kind: other }) =>
      other === kind && (group === "" ? version : `${group}/${version}`) === apiVersion,
  );
}

/** As the registry creates an object, without admission. */
function create(request: KubernetesObject): { object: KubernetesObject; errors: string[] } {
  const definition = definitionOf(request);
  if (definition === undefined) throw new Error(`no definition of ${request.apiVersion} ${request.kind}`);
  const object = clone(request);
  object.metadata.creationTimestamp = rfc3339(now);
  object.metadata.uid = "UID";
  if (definition.namespaced) object.metadata.namespace ??= "defaults";
  definition.applyDefaults?.(object);
  definition.prepareForCreate?.(object, { now });
  const errors = (definition.validate?.(object, { now }) ?? []).map(fieldErrorMessage);
  return { object, errors };
}

describe("refusals of a real API server", () => {
  const { files, steps } = read("refusals") as {
    files: Record<string, string>;
    steps: { cmd: string; stderr: string; exitCode: number }[];
  };
  /** What 1.34 says instead, by file, with the change upstream that explains it. */
  const in134: Record<string, string[]> = {
    // Values are shown as JSON (kubernetes/kubernetes, util/validation/field/errors.go).
    "sts-no-selector.yaml": [
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"nginx"}: `selector` does not match template `labels`',
    ],
    "sts-selector-mismatch.yaml": [
      'spec.template.metadata.labels: Invalid value: {"app":"nginx"}: `selector` does not match template `labels`',
    ],
    "deploy-zero-zero.yaml": [
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
    ],
    "pv-no-capacity.yaml": [
      "spec.capacity: Required value",
      'spec.capacity: Unsupported value: null: supported values: "storage"',
    ],
    // Names of StatefulSets are labels since 1.27: they become host names.
    "sts-bad-name.yaml": [
      "metadata.name: Invalid value: \"Web_1\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    // Sidecar containers (1.29) have probes of init containers forbidden rather than invalid.
    "pod-init-readiness.yaml": [
      "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
    ],
    // The limit is named since 1.25.
    "pod-request-over-limit.yaml": [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    // RelaxedEnvironmentVariableValidation: any printable ASCII but '='.
    "pod-bad-env.yaml": [],
    // Negative periods are taken and treated as 1.
    "pod-grace-negative.yaml": [],
    // The node port's range is the allocator's affair.
    "svc-nodeport-range.yaml": [],
    // Schema checks that kubectl of 1.23 made itself; the API server answers these.
    "pod-missing-cm-volume-mount.yaml": ["spec.containers[0].volumeMounts[0].mountPath: Required value"],
  };
  /** Refused before validation: by kubectl, the decoder, or because of other objects. */
  const elsewhere =
    /petset|kind-typo|no-kind|bad-yaml|tab-yaml|dup-key|containers-as-map|bad-quantity|number-value|ns-missing|unknown-field/;

  const messages = (stderr: string) =>
    stderr
      .replace(/^The \S+ ".*?" is invalid: \n?/, "")
      .trim()
      .split(/\n?\* /)
      .filter(Boolean);

  for (const [file, text] of Object.entries(files)) {
    if (elsewhere.test(file)) continue;
    const request = parseAllDocuments(text)[0]?.toJSON() as KubernetesObject;
    it(`${file}`, () => {
      const step = (cmd: RegExp) =>
        steps.find((candidate) => cmd.test(candidate.cmd) && candidate.cmd.includes(` ${file}`));
      const created = step(/^kubectl create/);
      const applied = step(/^kubectl apply/);
      const answer = created?.stderr.startsWith("error: error validating") ? applied : created;
      expect(create(request).errors).toEqual(
        in134[file] ?? (answer?.exitCode === 0 ? [] : messages(answer?.stderr ?? "")),
      );
    });
  }
});

describe("defaults of a real API server", () => {
  const cases = read("defaults") as {
    case: string;
    request: KubernetesObject;
    status: number;
    response: KubernetesObject;
  }[];

  /** Takes off what admission and allocation add: other objects decide about it. */
  function withoutAdmission(object: KubernetesObject): KubernetesObject {
    const copy = clone(object) as unknown as Record<string, never>;
    const text = JSON.stringify(copy, (key, value) => {
      // Since 1.34 a time that was never set is not written at all.
      if (key === "creationTimestamp" && value === null) return undefined;
      if (key === "volumes" || key === "volumeMounts") {
        const kept = (value as { name: string }[]).filter(({ name }) => !name.startsWith("kube-api-access-"));
        return kept.length === 0 ? undefined : kept;
      }
      if (
        [
          "uid",
          "tolerations",
          "priority",
          "preemptionPolicy",
          "serviceAccount",
          "serviceAccountName",
          "nodePort",
        ].includes(key) &&
        copy["kind"] !== "PriorityClass"
      )
        return undefined;
      if (key === "uid") return undefined;
      if (key === "clusterIP" || key === "clusterIPs") return undefined;
      if (key === "finalizers" && JSON.stringify(value).includes("protection")) return undefined;
      if (key === "taints") return undefined;
      return value;
    });
    return JSON.parse(text.replaceAll(/controller-uid":"[^"]+"/g, 'controller-uid":"UID"'));
  }

  const merge = (base: unknown, extra: unknown): unknown => {
    if (
      base === null ||
      typeof base !== "object" ||
      extra === null ||
      typeof extra !== "object" ||
      Array.isArray(base) ||
      Array.isArray(extra)
    )
      return extra;
    const result: Record<string, unknown> = { ...(base as Record<string, unknown>) };
    for (const [key, value] of Object.entries(extra)) {
      if (value === undefined) delete result[key];
      else result[key] = key in result ? merge(result[key], value) : value;
    }
    return result;
  };
  const JOB_LABELS = {
    "batch.kubernetes.io/controller-uid": "UID",
    "batch.kubernetes.io/job-name": "x18",
    "controller-uid": "UID",
    "job-name": "x18",
  };
  /** What 1.34 adds or changes, by case. */
  const in134: Record<string, unknown> = {
    // Pods have a generation since 1.33.
    Pod: { metadata: { generation: 1 } },
    "Pod full": { metadata: { generation: 1 } },
    // Retention of claims (stable in 1.32).
    StatefulSet: { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } } },
    "StatefulSet ondelete": {
      spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } },
    },
    // internalTrafficPolicy is for Services with addresses only, since 1.26.
    "Service external": { spec: { internalTrafficPolicy: undefined } },
    // When a volume's phase last changed (stable in 1.31).
    PersistentVolume: { status: { lastPhaseTransitionTime: rfc3339(now) } },
    // Labels with a prefix (1.27), and which failed Pods are replaced when (stable in 1.34).
    Job: {
      metadata: { labels: JOB_LABELS },
      spec: {
        manualSelector: false,
        podReplacementPolicy: "TerminatingOrFailed",
        selector: { matchLabels: { "controller-uid": undefined, "batch.kubernetes.io/controller-uid": "UID" } },
        template: { metadata: { labels: JOB_LABELS } },
      },
    },
  };

  for (const { case: name, request, response } of cases) {
    it(`${name}`, () => {
      const expected = merge(withoutAdmission(response), in134[name] ?? {});
      const { object, errors } = create(request);
      expect(errors).toEqual([]);
      expect(withoutAdmission(object)).toEqual(expected);
    });
  }
});

import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../clock/index.ts";
import { memoryFileSystem } from "../../../machine/index.ts";
import type { Pod } from "../../api/types.ts";
import { readManifest } from "./manifest.ts";
import { apiReference } from "./references.ts";
import { FileSource, KUBELET_LOG, MANIFESTS } from "./source.ts";

const manifest = (spec: string, metadata = "name: web") =>
  `{apiVersion: v1, kind: Pod, metadata: {${metadata}}, spec: {${spec}}}`;
const GOOD = manifest('containers: [{name: c, image: "nginx:1.27"}]');
const podOf = (text: string, path = "/etc/kubernetes/manifests/web.yaml", node = "node-1"): Pod => {
  const result = readManifest(text, path, node);
  if ("error" in result) throw new Error(result.error);
  return result.pod;
};
const problemOf = (text: string) => {
  const result = readManifest(text, "/x.yaml", "node-1");
  return "error" in result ? result.error : undefined;
};

describe("a manifest", () => {
  it("becomes a Pod of its node: name, namespace, place, a toleration of everything that drives out", () => {
    const { metadata, spec, status } = podOf(GOOD);
    expect(metadata).toMatchObject({ name: "web-node-1", namespace: "default" });
    expect(metadata.annotations).toMatchObject({
      "kubernetes.io/config.hash": metadata.uid,
      "kubernetes.io/config.source": "file",
    });
    expect(spec).toMatchObject({ nodeName: "node-1", tolerations: [{ operator: "Exists", effect: "NoExecute" }] });
    expect(spec?.containers[0]?.imagePullPolicy).toBe("IfNotPresent");
    expect(status).toEqual({ phase: "Pending" });
  });

  it("is the same Pod for the same text in the same file of the same node alone", () => {
    const uid = podOf(GOOD).metadata.uid;
    expect(podOf(GOOD).metadata.uid).toBe(uid);
    expect(podOf(`${GOOD}\n`).metadata.uid).toBe(uid);
    expect(podOf(GOOD, "/other.yaml").metadata.uid).not.toBe(uid);
    expect(podOf(GOOD, undefined, "node-2").metadata.uid).not.toBe(uid);
    expect(podOf(GOOD.replace("1.27", "1.28")).metadata.uid).not.toBe(uid);
    expect(podOf(manifest("containers: [{name: c, image: i}]", "name: web, uid: abc")).metadata.uid).toBe("abc");
  });

  it("is refused in upstream's words where it is no Pod, has no name, is invalid, or needs the API", () => {
    expect(problemOf("")).toMatch(/^\/x\.yaml: couldn't parse as pod\(/);
    expect(problemOf("{apiVersion: apps/v1, kind: Deployment}")).toBe(
      '/x.yaml: couldn\'t parse as pod(no kind "Deployment" is registered for version "apps/v1"), please check config file',
    );
    expect(problemOf(manifest("containers: []", ""))).toBe("invalid pod: name is needed for the pod");
    expect(problemOf(manifest("containers: [{name: c}]"))).toBe(
      "invalid pod: [spec.containers[0].image: Required value]",
    );
    expect(problemOf(manifest("serviceAccountName: a, containers: [{name: c, image: i}]"))).toBe(
      "static pods may not reference serviceaccounts",
    );
  });
});

describe("what a Pod refers to", () => {
  const pod = (spec: object): Pod =>
    ({ metadata: {}, spec: { containers: [{ name: "c", image: "i" }], ...spec } }) as Pod;
  it.each([
    [{ serviceAccountName: "a" }, "serviceaccounts"],
    [{ imagePullSecrets: [{ name: "a" }] }, "secrets"],
    [{ containers: [{ name: "c", envFrom: [{ configMapRef: { name: "a" } }] }] }, "configmaps"],
    [{ volumes: [{ name: "v", secret: { secretName: "a" } }] }, "secrets"],
    [{ volumes: [{ name: "v", persistentVolumeClaim: { claimName: "a" } }] }, "persistentvolumeclaims"],
    [
      { volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } }] },
      "serviceaccounts (via projected volumes)",
    ],
    [
      {
        volumes: [
          { name: "v", hostPath: { path: "/" } },
          { name: "e", emptyDir: {} },
        ],
      },
      undefined,
    ],
  ])("%j: %s", (spec, expected) => {
    expect(apiReference(pod(spec))).toBe(expected);
  });
});

describe("the manifest directory", () => {
  const start = () => {
    const clock = virtualClock({ seed: 1 });
    const files = memoryFileSystem({ clock });
    files.makeDirectory(MANIFESTS, { recursive: true });
    files.makeDirectory("/var/log", { recursive: true });
    const seen: string[][] = [];
    const source = new FileSource({
      files,
      node: { name: "node-1", clock },
      changed: (pods) => seen.push(pods.map(({ metadata }) => metadata.name ?? "")),
    });
    source.start();
    return { clock, files, seen };
  };

  it("is followed: files that come, change, go; names with a dot in front are not looked at", async () => {
    const { clock, files, seen } = start();
    files.writeFile(`${MANIFESTS}/.hidden.yaml`, GOOD);
    files.writeFile(`${MANIFESTS}/web.yaml`, GOOD);
    await clock.advance(1);
    files.remove(`${MANIFESTS}/web.yaml`);
    await clock.advance(1);
    expect(seen).toEqual([[], ["web-node-1"], []]);
  });

  it("keeps the Pod of a file that was broken until the next look at all files, and complains of both", async () => {
    const { clock, files, seen } = start();
    files.writeFile(`${MANIFESTS}/web.yaml`, GOOD);
    await clock.advance(1);
    files.writeFile(`${MANIFESTS}/web.yaml`, "nonsense");
    await clock.advance(1);
    expect(seen.at(-1)).toEqual(["web-node-1"]);
    await clock.advance(20_000);
    expect(seen.at(-1)).toEqual([]);
    const log = files.readText(KUBELET_LOG).trimEnd().split("\n");
    expect(log).toHaveLength(2);
    expect(log[0]).toContain('"Unable to process watch event"');
    expect(log[1]).toContain('"Could not process manifest file"');
  });
});

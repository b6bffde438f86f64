/** A learner makes a user of their own: request, approval, certificate, binding. */
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateRequest } from "./certificate-requests.ts";
import { type Learner, learner } from "./learner.ts";

describe("a user with a certificate, inside a sandbox", () => {
  let me: Learner;
  beforeAll(async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const request = Buffer.from(await certificateRequest(privateKey, "O=developers, CN=jane")).toString("base64");
    me = await learner({
      files: {
        "jane.key": String(privateKey.export({ type: "pkcs8", format: "pem" })),
        "jane.yaml": `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: jane}
spec: {request: ${request}, signerName: kubernetes.io/kube-apiserver-client, usages: [client auth]}
`,
      },
    });
  });
  afterAll(() => me.close());

  it("is who the certificate says, and may what its bindings say", async () => {
    await me.ok("kubectl apply -f jane.yaml");
    await me.ok("kubectl certificate approve jane");
    await me.settle();
    await me.ok("kubectl get csr jane -o jsonpath='{.status.certificate}' | base64 -d > jane.crt");
    await me.ok("kubectl config set-credentials jane --client-certificate=jane.crt --client-key=jane.key");
    expect(await me.ok("kubectl --user=jane auth whoami -o jsonpath='{.status.userInfo.username}'")).toBe("jane");
    expect((await me.run("kubectl --user=jane get pods")).stderr).toBe(
      'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"\n',
    );
    await me.ok("kubectl create rolebinding devs --clusterrole=view --group=developers");
    expect(await me.ok("kubectl --user=jane auth can-i list pods")).toBe("yes\n");
    expect((await me.run("kubectl --user=jane create configmap more")).stderr).toContain(
      'User "jane" cannot create resource "configmaps"',
    );
  });

  it("finds the authority of its cluster in every namespace and Pod", async () => {
    const authority = await me.ok("kubectl get configmap kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}'");
    expect(authority).toMatch(/^-----BEGIN CERTIFICATE-----/);
    await me.ok("kubectl run box --image=busybox --restart=Never -- sleep 3600");
    await me.settle();
    const mounted = "/var/run/secrets/kubernetes.io/serviceaccount";
    expect((await me.ok(`kubectl exec box -- cat ${mounted}/ca.crt`)).trim()).toBe(authority.trim());
    const token = await me.ok(`kubectl exec box -- cat ${mounted}/token`);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(claims["kubernetes.io"]).toMatchObject({ namespace: "default", pod: { name: "box" } });
  });
});

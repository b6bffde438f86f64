/** Keys of a cluster: tokens, the authority, requests for certificates, and clients that show one. */

import { createVerify, generateKeyPairSync, webcrypto, X509Certificate } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { encodeBase64 } from "../../encoding/index.ts";
import {
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  namespaces,
  pods,
  secrets,
  serviceAccounts,
} from "../api/resources.ts";
import type { CertificateSigningRequest } from "../api/types.ts";
import { isStatusError, type StatusError } from "../machinery/status.ts";
import { type TestCluster, testCluster } from "../testing/control-plane.ts";
import { nodeCryptography } from "./cryptography.node.ts";

const opened: TestCluster[] = [];
function boot(): TestCluster {
  const test = testCluster({ cryptography: nodeCryptography });
  opened.push(test);
  return test;
}
afterEach(() => {
  for (const { cluster, bugs } of opened.splice(0)) {
    cluster.close();
    expect(bugs).toEqual([]);
  }
});

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (isStatusError(error)) return (error as StatusError).message;
    throw error;
  }
  return "";
};

/** A request in PEM, as openssl makes one. */
async function csr(subject: string, dns: readonly string[] = []): Promise<string> {
  const reflect = Reflect as unknown as Record<string, unknown>;
  for (const name of ["getMetadata", "getOwnMetadata"]) reflect[name] ??= () => undefined;
  reflect["defineMetadata"] ??= () => {};
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys: keys as never,
    signingAlgorithm: algorithm,
    extensions:
      dns.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(dns.map((value) => ({ type: "dns" as const, value })))],
  });
  return request.toString("pem");
}
const base64 = (text: string) => encodeBase64(new TextEncoder().encode(text));
const request = (name: string, pem: string, more: object = {}): CertificateSigningRequest => ({
  metadata: { name },
  spec: {
    request: base64(pem),
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth"],
    ...more,
  } as CertificateSigningRequest["spec"],
});
const approve = ({ cluster }: TestCluster, name: string, type = "Approved") =>
  cluster.client.modify(
    certificateSigningRequests,
    undefined,
    name,
    (object) => {
      object.status = {
        conditions: [{ type, status: "True", reason: "KubectlApprove", message: "This CSR was approved." }],
      };
    },
    "approval",
  );
const issued = ({ cluster }: TestCluster, name: string) =>
  Buffer.from(
    cluster.client.get(certificateSigningRequests, undefined, name).status?.certificate ?? "",
    "base64",
  ).toString();

async function send(
  { cluster }: TestCluster,
  method: string,
  path: string,
  options: { certificate?: string; token?: string; body?: unknown },
) {
  const answer = await cluster.handle({
    method,
    path,
    query: new URLSearchParams(),
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    },
    ...(options.certificate === undefined ? {} : { certificate: options.certificate }),
    ...(options.body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(options.body)) }),
  });
  const text = answer.body instanceof Uint8Array ? new TextDecoder().decode(answer.body) : String(answer.body);
  return { status: answer.status, body: JSON.parse(text) };
}

describe("the cluster's authority", () => {
  it("is a certificate of its own, in every namespace, and the same after a restore", async () => {
    const test = boot();
    const { cluster } = test;
    const authority = new X509Certificate(cluster.certificateAuthority);
    expect(authority.ca).toBe(true);
    expect(authority.subject).toBe("CN=kubernetes");
    expect(authority.verify(authority.publicKey)).toBe(true);
    cluster.client.create(namespaces, { metadata: { name: "other" } });
    await test.settle();
    for (const namespace of ["kube-system", "other"])
      expect(cluster.client.get(configMaps, namespace, "kube-root-ca.crt").data?.["ca.crt"]).toBe(
        cluster.certificateAuthority,
      );
    const fork = cluster.fork();
    expect(fork.certificateAuthority).toBe(cluster.certificateAuthority);
    fork.close();
  });

  it("makes certificates for the API server that Node's TLS takes", () => {
    const { cluster } = boot();
    const { ca, cert } = cluster.servingCertificate(["localhost", "127.0.0.1"]);
    const serving = new X509Certificate(cert);
    expect(serving.checkIssued(new X509Certificate(ca))).toBe(true);
    expect(serving.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(serving.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
    expect(serving.checkIP("127.0.0.1")).toBe("127.0.0.1");
  });
});

describe("a request for a certificate", () => {
  it("remembers who asked, is signed once it is approved, and makes its owner known", async () => {
    const test = boot();
    const { client } = test.cluster;
    const created = test.cluster
      .clientFor("ann", ["system:masters"])
      .create(
        certificateSigningRequests,
        request("jane", await csr("O=developers, CN=jane"), { expirationSeconds: 3600 }),
      );
    expect(created.spec).toMatchObject({ username: "ann", groups: ["system:masters", "system:authenticated"] });
    await test.settle();
    expect(issued(test, "jane")).toBe("");
    approve(test, "jane");
    await test.settle();
    const pem = issued(test, "jane");
    const certificate = new X509Certificate(pem);
    expect(certificate.verify(new X509Certificate(test.cluster.certificateAuthority).publicKey)).toBe(true);
    expect(certificate.subject.split("\n").sort()).toEqual(["CN=jane", "O=developers"]);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    expect((await send(test, "POST", path, { certificate: pem, body: review })).body.status.userInfo).toMatchObject({
      username: "jane",
      groups: ["developers", "system:authenticated"],
    });
    client.create(clusterRoleBindings, {
      metadata: { name: "developers" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "developers" }],
    });
    expect((await send(test, "GET", "/api/v1/pods", { certificate: pem })).status).toBe(200);
    expect((await send(test, "GET", "/api/v1/secrets", { certificate: pem })).status).toBe(403);
    await test.clock.advance(2 * 3600_000);
    expect((await send(test, "GET", "/api/v1/pods", { certificate: pem })).status).toBe(401);
    expect(client.find(certificateSigningRequests, undefined, "jane")).toBeUndefined();
    const other = boot();
    expect((await send(other, "POST", path, { certificate: pem, body: review })).status).toBe(401);
  });

  it("fails where its signer does not sign such a thing, in the signer's words", async () => {
    const test = boot();
    test.cluster.client.create(
      certificateSigningRequests,
      request("server", await csr("CN=web"), { usages: ["client auth", "server auth"] }),
    );
    approve(test, "server");
    await test.settle();
    expect(
      test.cluster.client.get(certificateSigningRequests, undefined, "server").status?.conditions?.[1],
    ).toMatchObject({
      type: "Failed",
      status: "True",
      reason: "SignerValidationFailure",
      message: "invalid usage for client certificate: server auth",
    });
  });

  it("is not decided twice, nor by those who may not, nor for the masters", async () => {
    const test = boot();
    const { client } = test.cluster;
    const pem = await csr("CN=jane");
    client.create(certificateSigningRequests, request("one", pem));
    approve(test, "one", "Denied");
    expect(refusal(() => approve(test, "one"))).toBe(
      'CertificateSigningRequest.certificates.k8s.io "one" is invalid: status.conditions: Forbidden: updates may not remove a condition of type "Denied"',
    );
    client.create(clusterRoles, {
      metadata: { name: "decider" },
      rules: [{ apiGroups: ["certificates.k8s.io"], resources: ["*"], verbs: ["*"], resourceNames: ["two"] }],
    });
    client.create(clusterRoleBindings, {
      metadata: { name: "decider" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "decider" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "joe" }],
    });
    client.create(certificateSigningRequests, request("two", pem));
    const joe = test.cluster.clientFor("joe");
    expect(
      refusal(() =>
        joe.modify(
          certificateSigningRequests,
          undefined,
          "two",
          (object) => {
            object.status = { conditions: [{ type: "Approved", status: "True" }] };
          },
          "approval",
        ),
      ),
    ).toBe(
      'certificatesigningrequests.certificates.k8s.io "two" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
    );
    const root = await csr("O=system:masters, CN=root");
    expect(refusal(() => client.create(certificateSigningRequests, request("three", root)))).toBe(
      'certificatesigningrequests.certificates.k8s.io "three" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
    expect(refusal(() => client.create(certificateSigningRequests, request("four", "nonsense")))).toContain(
      'spec.request: Invalid value: "bm9uc2Vuc2U=": PEM block type must be CERTIFICATE REQUEST',
    );
    const broken = Buffer.from(pem.split("\n").slice(1, -1).join(""), "base64");
    broken[broken.length - 1] = (broken[broken.length - 1] ?? 0) ^ 1;
    const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${broken.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(refusal(() => client.create(certificateSigningRequests, request("five", changed)))).toContain(
      "spec.request: Invalid value: ",
    );
  });
});

describe("a ServiceAccount's token", () => {
  it("is signed with RS256, says what it is bound to, and is reviewed with it", async () => {
    const test = boot();
    const { client, adminToken } = test.cluster;
    await test.cluster.ready();
    client.create(serviceAccounts, { metadata: { name: "app", namespace: "default" } });
    const pod = client.create(pods, {
      metadata: { name: "p", namespace: "default" },
      spec: { serviceAccountName: "app", containers: [{ name: "c", image: "i" }] },
    });
    await test.settle();
    const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: "p", uid: pod.metadata.uid };
    const tokenRequest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: ["https://kubernetes.default.svc.cluster.local"], expirationSeconds: 3607, boundObjectRef },
    };
    const { body } = await send(test, "POST", "/api/v1/namespaces/default/serviceaccounts/app/token", {
      token: adminToken,
      body: tokenRequest,
    });
    const token: string = body.status.token;
    const [head = "", claims = "", signature = ""] = token.split(".");
    const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    const jwks = (await send(test, "GET", "/openid/v1/jwks", { token })).body;
    expect(decode(head)).toEqual({ alg: "RS256", kid: jwks.keys[0].kid });
    const { createPublicKey } = await import("node:crypto");
    const verifier = createVerify("sha256").update(`${head}.${claims}`);
    expect(verifier.verify(createPublicKey({ key: jwks.keys[0], format: "jwk" }), signature, "base64url")).toBe(true);
    const content = decode(claims);
    expect(content).toMatchObject({
      aud: ["https://kubernetes.default.svc.cluster.local"],
      sub: "system:serviceaccount:default:app",
      "kubernetes.io": {
        namespace: "default",
        pod: { name: "p", uid: pod.metadata.uid },
        serviceaccount: { name: "app" },
      },
    });
    expect(content.exp - content.iat).toBe(365 * 24 * 3600);
    expect(content["kubernetes.io"].warnafter - content.iat).toBe(3607);
    const review = (spec: object) =>
      send(test, "POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
        token: adminToken,
        body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec },
      });
    const node = client.get(pods, "default", "p").spec?.nodeName;
    expect((await review({ token })).body.status).toMatchObject({
      authenticated: true,
      audiences: ["https://kubernetes.default.svc.cluster.local"],
      user: {
        username: "system:serviceaccount:default:app",
        extra: {
          "authentication.kubernetes.io/credential-id": [`JTI=${content.jti}`],
          "authentication.kubernetes.io/pod-name": ["p"],
          "authentication.kubernetes.io/node-name": [node],
        },
      },
    });
    expect((await review({ token, audiences: ["vault"] })).body.status.error).toBe(
      'token audiences ["https://kubernetes.default.svc.cluster.local"] is invalid for the target audiences ["vault"]',
    );
    client.delete(pods, "default", "p", { gracePeriodSeconds: 0 });
    expect((await review({ token })).body.status.error).toBe("service account token has been invalidated");
  });

  it("is verified by who finds the issuer's keys, as a ServiceAccount", async () => {
    const test = boot();
    const { client, adminToken } = test.cluster;
    await test.cluster.ready();
    client.create(serviceAccounts, { metadata: { name: "oidc", namespace: "default" } });
    const request = (audiences?: string[]) =>
      send(test, "POST", "/api/v1/namespaces/default/serviceaccounts/oidc/token", {
        token: adminToken,
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: { expirationSeconds: 3600, ...(audiences === undefined ? {} : { audiences }) },
        },
      });
    const own: string = (await request()).body.status.token;
    const shown: string = (await request(["oidc-discovery-test"])).body.status.token;
    const [head = "", claims = "", signature = ""] = shown.split(".");
    const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    const found = await send(test, "GET", "/.well-known/openid-configuration", { token: own });
    expect(found.status).toBe(200);
    expect(found.body).toMatchObject({
      issuer: decode(claims).iss,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    });
    const keys = await send(test, "GET", new URL(found.body.jwks_uri).pathname, { token: own });
    const key = keys.body.keys.find((one: { kid: string }) => one.kid === decode(head).kid);
    expect(key).toMatchObject({ use: "sig", kty: "RSA", alg: "RS256" });
    const { createPublicKey } = await import("node:crypto");
    const verifier = createVerify("sha256").update(`${head}.${claims}`);
    expect(verifier.verify(createPublicKey({ key, format: "jwk" }), signature, "base64url")).toBe(true);
    expect(decode(claims)).toMatchObject({
      aud: ["oidc-discovery-test"],
      sub: "system:serviceaccount:default:oidc",
      "kubernetes.io": { namespace: "default", serviceaccount: { name: "oidc" } },
    });
  });

  it("lives in a Secret as long as the Secret does, where somebody asks for that kind", async () => {
    const test = boot();
    const { client } = test.cluster;
    client.create(secrets, {
      metadata: {
        name: "long",
        namespace: "default",
        annotations: { "kubernetes.io/service-account.name": "default" },
      },
      type: "kubernetes.io/service-account-token",
    });
    await test.settle();
    const { data } = client.get(secrets, "default", "long");
    const token = atob(data?.["token"] ?? "");
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({
      iss: "kubernetes/serviceaccount",
      "kubernetes.io/serviceaccount/secret.name": "long",
      sub: "system:serviceaccount:default:default",
    });
    expect(claims.exp).toBeUndefined();
    expect(atob(data?.["ca.crt"] ?? "")).toBe(test.cluster.certificateAuthority);
    const who = () =>
      send(test, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
        token,
        body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
      });
    expect((await who()).body.status.userInfo.username).toBe("system:serviceaccount:default:default");
    client.delete(secrets, "default", "long");
    expect((await who()).status).toBe(401);
  });

  it("is not what another key has signed", async () => {
    const test = boot();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { sign } = await import("node:crypto");
    const body = `${Buffer.from(JSON.stringify({ alg: "RS256", kid: "x" })).toString("base64url")}.${Buffer.from("{}").toString("base64url")}`;
    const token = `${body}.${sign("sha256", Buffer.from(body), privateKey).toString("base64url")}`;
    expect((await send(test, "GET", "/api/v1/pods", { token })).status).toBe(401);
  });
});

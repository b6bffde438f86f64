/** The API server: one registry, reached over HTTP-like requests (`ApiHandler`) and by in-process clients. */

import type { Clock } from "../../clock/index.ts";
import { services } from "../api/resources.ts";
import type { NodeAccess } from "../kubelet/types.ts";
import { uuid } from "../machinery/names.ts";
import type { UserInfo } from "../machinery/types.ts";
import type { Store } from "../store/store.ts";
import { admissionPlugins } from "./admission/index.ts";
import { ManagedFields, ServerSideApply } from "./apply.ts";
import { ADMIN, Authenticator, withImpliedGroups } from "./authentication.ts";
import { Authorizer } from "./authorization/authorizer.ts";
import { CONTROLLER_ACCOUNTS } from "./authorization/policy/index.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import type { Client } from "./client.ts";
import type { Cryptography } from "./cryptography.ts";
import { CustomResources } from "./custom/manager.ts";
import { type ApiDefinitions, Definitions } from "./definitions.ts";
import type { ApiHandler } from "./http.ts";
import { InProcessClient } from "./in-process-client.ts";
import { Registry } from "./registry.ts";
import { RestHandler } from "./rest/handler.ts";
import { OpenApi } from "./rest/openapi.ts";
import { ResourceHandler } from "./rest/resources.ts";
import { StreamHandler } from "./rest/streams.ts";
import { SubresourceHandler } from "./rest/subresources.ts";
import type { Closing } from "./rest/watch.ts";
import { ServiceAllocator } from "./service-allocation.ts";
import { PodOperations } from "./subresources/pods.ts";
import { tokenSigner } from "./tokens.ts";
import { VirtualResources } from "./virtual.ts";

interface ApiServerOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly definitions: ApiDefinitions;
  /** Logs, exec, attach, port-forward, usage: without it those are answered 501. */
  readonly nodeAccess?: NodeAccess;
  /** Secrets of the cluster (`ApiServer.credentials` of an earlier one); made from the clock's randomness otherwise. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** Keys: with it tokens are RS256 and the cluster has a certificate authority; without it neither. */
  readonly cryptography?: Cryptography;
  /** Errors that are bugs: they were answered with a 500. */
  readonly onBug?: (where: string, error: unknown) => void;
}

export interface ApiServer extends ApiHandler {
  readonly definitions: Definitions;
  /** Bearer token of kubernetes-admin (system:masters). */
  readonly adminToken: string;
  /** For a snapshot: give them back as `credentials`. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Signs ServiceAccount tokens, for those who mount them. */
  readonly authenticator: Authenticator;
  /** Undefined where the host has no cryptography. */
  readonly authority: CertificateAuthority | undefined;
  clientFor(user: string, groups?: readonly string[]): Client;
  /** Clients' watches end, as when the server is started anew; older versions than the one now cannot be watched from. */
  endWatches(): void;
  close(): void;
}

/** Users of components, which are the same in every cluster of a process. */
const componentUsers = new Map<string, UserInfo>();
const KEPT_USERS = 256;

function componentUser(name: string, groups: readonly string[]): UserInfo {
  if (groups.length > 0) return withImpliedGroups(name, groups);
  let user = componentUsers.get(name);
  if (user === undefined) {
    user = withImpliedGroups(name, groups);
    if (componentUsers.size < KEPT_USERS) componentUsers.set(name, user);
  }
  return user;
}

const MASTERS = "system:masters";
/**
 * Users of the control plane: a closed list. In-process they may do everything, so that a learner who takes a default
 * binding away does not stop the cluster; over HTTP they have what RBAC gives them, as everybody.
 */
const COMPONENTS: ReadonlySet<string> = new Set([
  "system:admin",
  "system:apiserver",
  "system:kube-scheduler",
  "system:kube-controller-manager",
  ...[
    ...CONTROLLER_ACCOUNTS,
    "token-controller",
    "external-provisioner",
    "snapshot-controller",
    "volumeattributesclass-protection-controller",
  ].map((name) => `system:serviceaccount:kube-system:${name}`),
]);
const NODE = "system:node:";
/** They may do everything, and are in the groups they are in upstream: admission policies see those. */
const isComponent = (user: string) => COMPONENTS.has(user) || user.startsWith(NODE);
/** Names of credentials, after kubeadm's files. */
const CA_CERTIFICATE = "ca.crt";
const CA_KEY = "ca.key";
const TOKEN_KEY = "sa.key";

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { clock, store, nodeAccess } = options;
  const onBug = options.onBug ?? ((where, error) => console.error(`api server: ${where}:`, error));
  const secret = (name: string) => options.credentials?.[name] ?? uuid(() => clock.random()).replaceAll("-", "");
  const secrets = { adminToken: secret("adminToken"), tokenKey: secret("tokenKey") };
  const { cryptography } = options;
  const kept = { certificate: options.credentials?.[CA_CERTIFICATE], key: options.credentials?.[CA_KEY] };
  const authority =
    cryptography === undefined
      ? undefined
      : new CertificateAuthority(
          cryptography,
          kept.certificate && kept.key ? { certificate: kept.certificate, key: kept.key } : undefined,
          clock.now(),
        );
  let tokenKey = options.credentials?.[TOKEN_KEY];
  const signer = tokenSigner(secrets.tokenKey, cryptography, () => {
    tokenKey ??= cryptography?.tokenKey() ?? "";
    return tokenKey;
  });
  const closing: Closing = { closed: false, oldest: 0, listeners: new Set() };

  const definitions = new Definitions(options.definitions);
  const fields = new ManagedFields(clock, definitions);
  const authorizer = new Authorizer(store);
  const admission = admissionPlugins({ clock, store, authorizer, definitions, cryptography: options.cryptography });
  const addresses = new ServiceAllocator(store, () => clock.random());
  const registry = new Registry({
    clock,
    store,
    admission,
    ownership: fields,
    allocators: { [services.key]: (service) => addresses.allocate(service) },
  });
  const apply = new ServerSideApply(registry, fields);
  const pods = new PodOperations({ clock, store, registry, definitions });
  const authenticator = new Authenticator({
    clock,
    store,
    signer,
    authority,
    tokens: new Map([[secrets.adminToken, ADMIN]]),
  });
  const resources = new ResourceHandler({ clock, store, definitions, registry, apply, closing });
  const subresources = new SubresourceHandler({
    clock,
    store,
    apply,
    definitions,
    registry,
    resources,
    pods,
    authenticator,
    nodeAccess,
  });
  const virtual = new VirtualResources({ clock, store, authenticator, authorizer, pods, nodeAccess });
  const openApi = new OpenApi(definitions);
  const rest = new RestHandler({
    definitions,
    authenticator,
    authorizer,
    resources,
    subresources,
    virtual,
    openApi,
    signer,
    onBug,
  });
  const streams = new StreamHandler({ rest, registry, nodeAccess });
  const backend = {
    definitions,
    registry,
    store,
    podOperations: pods,
    authorize: (
      user: Parameters<Authorizer["authorize"]>[0],
      verb: string,
      resource: { readonly group: string; readonly resource: string; readonly subresource?: string | undefined },
      namespace: string | undefined,
      name: string | undefined,
    ) => {
      if (!user.groups.includes(MASTERS) && !isComponent(user.name))
        authorizer.authorize(user, { verb, ...resource, namespace, name });
    },
  };

  const custom = new CustomResources({
    clock,
    store,
    definitions,
    registry,
    client: new InProcessClient(backend, withImpliedGroups("system:apiserver", [MASTERS])),
    onBug,
  });

  return {
    definitions,
    adminToken: secrets.adminToken,
    get credentials() {
      return {
        ...secrets,
        ...(authority === undefined
          ? {}
          : { [CA_CERTIFICATE]: authority.certificate, [CA_KEY]: authority.credentials.key }),
        ...(tokenKey === undefined ? {} : { [TOKEN_KEY]: tokenKey }),
      };
    },
    authenticator,
    authority,
    clientFor(user, groups = []) {
      return new InProcessClient(backend, componentUser(user, groups));
    },
    handle: (request) => rest.handle(request),
    openProcess: (request) => streams.openProcess(request),
    openPort: (request, port) => streams.openPort(request, port),
    endWatches() {
      closing.oldest = store.resourceVersion;
      for (const stop of [...closing.listeners]) stop();
    },
    close() {
      custom.close();
      closing.closed = true;
      for (const stop of [...closing.listeners]) stop();
    },
  };
}

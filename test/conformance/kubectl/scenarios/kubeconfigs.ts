/** kubeconfig files that are wrong, odd or many: what loading, merging and validating them says. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

/** What stands in a file, by a name of its own: each is shown, and most are changed and used too. */
const ODD: Readonly<Record<string, string>> = {
  "clusters-text": "clusters: x\n",
  "clusters-map": "clusters: {a: b}\n",
  "clusters-of-text": "clusters: [a]\n",
  "clusters-null": "clusters:\nusers: null\n",
  "name-number": "clusters: [{name: 1}]\n",
  "cluster-text": "clusters: [{name: a, cluster: x}]\n",
  "server-number": "clusters: [{name: a, cluster: {server: 1}}]\n",
  "server-list": "clusters: [{name: a, cluster: {server: [1]}}]\n",
  "server-float": "clusters: [{name: a, cluster: {server: 1.5}}]\n",
  "insecure-text": 'clusters: [{name: a, cluster: {insecure-skip-tls-verify: "yes"}}]\n',
  "insecure-yes": "clusters: [{name: a, cluster: {insecure-skip-tls-verify: yes}}]\n",
  "ca-not-base64": 'clusters: [{name: a, cluster: {certificate-authority-data: "!!!"}}]\n',
  "ca-cut-base64": "clusters: [{name: a, cluster: {certificate-authority-data: QUJ}}]\n",
  "ca-half-base64": "clusters: [{name: a, cluster: {certificate-authority-data: QUJDRA}}]\n",
  "ca-broken-lines": 'clusters: [{name: a, cluster: {certificate-authority-data: "QU\\nJD"}}]\n',
  "ca-number": "clusters: [{name: a, cluster: {certificate-authority-data: 12}}]\n",
  "ca-bytes": "clusters: [{name: a, cluster: {certificate-authority-data: [65, 66]}}]\n",
  "ca-big-bytes": "clusters: [{name: a, cluster: {certificate-authority-data: [300]}}]\n",
  "ca-negative-bytes": "clusters: [{name: a, cluster: {certificate-authority-data: [-1, x]}}]\n",
  "field-unknown": "clusters: [{name: a, cluster: {nope: 1, server: 'https://a'}}]\nnope: 1\n",
  "field-case": "Clusters: [{name: a}]\nclusters: [{Name: b, cluster: {Server: x}}]\n",
  twice: "clusters: [{name: a}, {name: a}]\n",
  "twice-other":
    "clusters: [{name: a, cluster: {server: 'https://a'}}, {name: a, cluster: {server: 'https://b', insecure-skip-tls-verify: true}}]\n",
  "twice-context": "contexts: [{name: a, context: {user: u}}, {name: a, context: {cluster: c, namespace: n}}]\n",
  "twice-user": "users: [{name: a, user: {token: t}}, {name: a, user: {as-groups: [x, y], as-user-extra: {k: [v]}}}]\n",
  "key-twice": "clusters: [{name: a, cluster: {server: 'https://a', server: 'https://b'}}]\n",
  "current-number": "current-context: 1\n",
  "preferences-text": "preferences: x\n",
  "preferences-colors": "preferences: {colors: maybe}\n",
  "preferences-extension": "preferences: {colors: true, extensions: [{name: a, extension: {b: c}}]}\n",
  extensions: "extensions: [{name: b, extension: {b: c}}, {name: a, extension: {kind: X, apiVersion: z}}]\n",
  "extension-text": "extensions: [{name: a, extension: text}]\n",
  "extension-null": "extensions: [{name: a}]\n",
  "extensions-of-entries":
    "clusters: [{name: a, cluster: {extensions: [{name: a, extension: {b: c}}]}}]\nusers: [{name: a, user: {extensions: [{name: a, extension: [1, 2]}]}}]\ncontexts: [{name: a, context: {extensions: [{name: a, extension: 1}]}}]\n",
  "extensions-map": "clusters: [{name: a, cluster: {extensions: {name: a}}}]\n",
  "exec-empty": "users: [{name: a, user: {exec: {}}}]\n",
  "exec-command": "users: [{name: a, user: {exec: {command: 1}}}]\n",
  "exec-args": "users: [{name: a, user: {exec: {command: a, args: b}}}]\n",
  "exec-args-numbers": "users: [{name: a, user: {exec: {command: a, args: [1]}}}]\n",
  "exec-env": "users: [{name: a, user: {exec: {command: a, env: {a: b}}}}]\n",
  "exec-env-name": "users: [{name: a, user: {exec: {command: a, env: [{name: 1}]}}}]\n",
  "exec-env-odd": "users: [{name: a, user: {exec: {command: a, env: [{nope: x}], installHint: hint, args: []}}}]\n",
  "exec-mode": "users: [{name: a, user: {exec: {command: a, interactiveMode: 3}}}]\n",
  "groups-text": "users: [{name: a, user: {as-groups: a}}]\n",
  "extra-text": "users: [{name: a, user: {as-user-extra: {a: b}}}]\n",
  "extra-list": "users: [{name: a, user: {as-user-extra: [a]}}]\n",
  extra: "users: [{name: a, user: {as-user-extra: {a: [b]}, as: x, as-uid: u, as-groups: [z]}}]\n",
  "provider-text": "users: [{name: a, user: {auth-provider: x}}]\n",
  "provider-number": "users: [{name: a, user: {auth-provider: {name: x, config: {a: 1}}}}]\n",
  "provider-empty": "users: [{name: a, user: {auth-provider: {}}}]\n",
  "token-number": "users: [{name: a, user: {token: 12, username: 3}}]\n",
  "token-file-number": "users: [{name: a, user: {tokenFile: 12}}]\n",
  "context-number": "contexts: [{name: a, context: {cluster: 1}}]\n",
  "context-null": "contexts: [{name: a, context: }, null]\n",
  "context-no-name": "contexts: [{context: {user: a}}]\ncurrent-context: a\n",
  "a-list": "[]\n",
  "a-word": "word\n",
  "a-number": "12\n",
  null: "null\n",
  comment: "# nothing\n",
  "yaml-colon": "a: b: c\n",
  "yaml-tab": "\ta: b\n",
  "yaml-indent": "clusters:\n- name: a\n  cluster:\n    server: x\n   other: y\n",
  "yaml-anchor": "clusters: *a\n",
  "yaml-flow": "clusters: [{name: a\n",
  "json-cut": '{"kind": "Config", "clusters": [',
  "json-typed": '{"kind": "Config", "clusters": [{"name": 3}]}',
  documents: "kind: Config\n---\nclusters: 3\n",
  "kind-pod": "kind: Pod\n",
  "kind-number": "kind: 1\n",
  "version-2": "apiVersion: v2\n",
  "version-number": "apiVersion: 2\n",
  "version-slashes": "apiVersion: a/b/c\nkind: Config\n",
  "version-group": "apiVersion: a/b\nkind: Config\n",
};

const CLUSTER = "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1', insecure-skip-tls-verify: true}}]\n";
const CONTEXT = "contexts: [{name: c, context: {cluster: c, user: u}}]\ncurrent-context: c\n";
const user = (text: string): string => `${CLUSTER}${CONTEXT}users: [{name: u, user: {${text}}}]\n`;
const cluster = (text: string): string =>
  `clusters: [{name: c, cluster: {${text}}}]\n${CONTEXT}users: [{name: u, user: {token: t}}]\n`;

/** What is read well and cannot be used. */
const UNUSABLE: Readonly<Record<string, string>> = {
  "no-server": cluster(""),
  "no-server-but-name": cluster("tls-server-name: x"),
  "both-ca": cluster("server: 'https://127.0.0.1:1', certificate-authority: ca.crt, certificate-authority-data: QUJD"),
  "ca-missing": cluster("server: 'https://127.0.0.1:1', certificate-authority: none.crt"),
  "ca-and-insecure": cluster(
    "server: 'https://127.0.0.1:1', certificate-authority: ca.crt, insecure-skip-tls-verify: true",
  ),
  "proxy-odd": cluster("server: 'https://127.0.0.1:1', insecure-skip-tls-verify: true, proxy-url: 'ftp://x'"),
  "proxy-wrong": cluster("server: 'https://127.0.0.1:1', insecure-skip-tls-verify: true, proxy-url: '%zz'"),
  "server-odd": cluster("server: '127.0.0.1:1'"),
  "server-wrong": cluster("server: 'https://a b'"),
  "server-path": cluster("server: 'https://127.0.0.1:1/clusters/one?x=y', insecure-skip-tls-verify: true"),
  "cert-without-key": user("client-certificate-data: QUJD"),
  "key-without-cert": user("client-key-data: QUJD"),
  "cert-missing": user("client-certificate: none.crt, client-key: none.key"),
  "cert-both": user(
    "client-certificate: ca.crt, client-certificate-data: QUJD, client-key: ca.crt, client-key-data: QUJD",
  ),
  "cert-no-pem": user("client-certificate-data: QUJD, client-key-data: QUJD"),
  "cert-token": user("client-certificate: ca.crt, client-key: ca.crt, token: t"),
  "token-basic": user("token: t, username: a, password: b"),
  "token-file-missing": user("tokenFile: none.token"),
  "exec-and-token": user(
    "token: t, exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}",
  ),
  "exec-and-provider": user(
    "auth-provider: {name: oidc}, exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}",
  ),
  "exec-no-command": user("exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}"),
  "exec-no-version": user("exec: {command: x, interactiveMode: Never}"),
  "exec-no-mode": user("exec: {command: x, apiVersion: client.authentication.k8s.io/v1}"),
  "exec-odd-mode": user("exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Sometimes}"),
  "exec-alpha": user("exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}"),
  "exec-odd-version": user("exec: {command: x, apiVersion: v9, interactiveMode: Never}"),
  "exec-env-no-name": user(
    "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, env: [{value: x}]}",
  ),
  "exec-gone": user(
    "exec: {command: no-such-plugin, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}",
  ),
  "exec-gone-hint": user(
    "exec: {command: no-such-plugin, installHint: get it somewhere, apiVersion: client.authentication.k8s.io/v1beta1}",
  ),
  "exec-gone-path": user(
    "exec: {command: ./no-such-plugin, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}",
  ),
  "provider-unknown": user("auth-provider: {name: nope}"),
  "provider-gone": user("auth-provider: {name: gcp}"),
  "provider-oidc": user("auth-provider: {name: oidc}"),
  "groups-alone": user("as-groups: [a]"),
  "extra-alone": user("as-user-extra: {a: [b]}"),
  "context-elsewhere": `${CLUSTER}contexts: [{name: c, context: {cluster: c, user: nobody}}]\ncurrent-context: c\n`,
  "context-no-cluster": `${CLUSTER}contexts: [{name: c, context: {}}]\ncurrent-context: c\n`,
  "context-other-cluster": `${CLUSTER}contexts: [{name: c, context: {cluster: d, user: u}}]\ncurrent-context: c\n`,
  "context-bad-namespace": `${CLUSTER}contexts: [{name: c, context: {cluster: c, namespace: 'A b'}}]\ncurrent-context: c\n`,
  "context-missing": `${CLUSTER}current-context: d\n`,
  "no-current": CLUSTER,
};

const ONE = `apiVersion: v1
kind: Config
preferences: {colors: true}
clusters:
- {name: shared, cluster: {server: "https://one:1"}}
- {name: one, cluster: {server: "https://one:2", certificate-authority: ca.crt}}
users:
- {name: shared, user: {token: one}}
contexts:
- {name: one, context: {cluster: one, user: shared}}
- {name: shared, context: {cluster: shared, user: shared, namespace: one}}
current-context: one
extensions:
- {name: e, extension: {from: one}}
`;
const TWO = ONE.replaceAll("one", "two")
  .replace("token: two", "username: two, password: x")
  .replace("{colors: true}", "{extensions: [{name: p, extension: {}}]}");

const credential = (text: string): string =>
  `{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", ${text}}`;
/** Credential plugins that are there; what they print is in files. */
const PLUGS: Readonly<Record<string, string>> = {
  good: "command: cat, args: [cred.json], interactiveMode: Never",
  asks: "command: cat, args: [cred.json], interactiveMode: IfAvailable",
  always: "command: cat, args: [cred.json], interactiveMode: Always",
  empty: "command: cat, args: [cred-empty.json], interactiveMode: Never",
  none: "command: cat, args: [cred-none.json], interactiveMode: Never",
  half: "command: cat, args: [cred-half.json], interactiveMode: Never",
  old: "command: cat, args: [cred-old.json], interactiveMode: Never",
  kind: "command: cat, args: [cred-kind.json], interactiveMode: Never",
  "no-kind": "command: cat, args: [cred-no-kind.json], interactiveMode: Never",
  yaml: "command: cat, args: [cred.yaml], interactiveMode: Never",
  text: "command: echo, args: [hello], interactiveMode: Never",
  silent: 'command: "true", interactiveMode: Never',
  fails: 'command: sh, args: [-c, "echo no >&2; exit 3"], interactiveMode: Never',
  environment:
    "command: sh, args: [-c, 'echo $KUBERNETES_EXEC_INFO $A >&2; exit 1'], env: [{name: A, value: b}], interactiveMode: Never",
  cluster:
    "command: sh, args: [-c, 'echo $KUBERNETES_EXEC_INFO | sed -e s/,.cert.*null// -e s/,.config.*null// >&2; exit 1'], provideClusterInfo: true, interactiveMode: Never",
};

const all = (names: Iterable<string>, line: (name: string) => string): string => [...names].map(line).join("\n");

export const KUBECONFIGS: Scenario = {
  name: "kubeconfigs that are wrong or many",
  files: {
    ...FILES,
    ...ODD,
    ...UNUSABLE,
    plugs: `users:
${Object.entries(PLUGS)
  .map(([name, text]) => `- {name: ${name}, user: {exec: {apiVersion: client.authentication.k8s.io/v1, ${text}}}}`)
  .join("\n")}
`,
    "cred.json": credential('"status": {"token": "wrong"}'),
    "cred-empty.json": credential('"status": {}'),
    "cred-none.json": credential('"spec": {}'),
    "cred-half.json": credential('"status": {"clientCertificateData": "x"}'),
    "cred-old.json": credential('"status": {"token": "wrong"}').replace("/v1", "/v1beta1"),
    "cred.yaml": "apiVersion: client.authentication.k8s.io/v1\nkind: ExecCredential\nstatus: {token: wrong}\n",
    "cred-kind.json": '{"apiVersion": "v1", "kind": "Pod"}',
    "cred-no-kind.json": '{"apiVersion": "client.authentication.k8s.io/v1"}',
    names: "jane secret\n",
    one: ONE,
    two: TWO,
    "sub/three": ONE.replaceAll("one", "three"),
    "ca.crt": "CA\n",
    "sub/ca.crt": "OTHER\n",
  },
  steps: lines(`
    ${all(Object.keys(ODD), (name) => `KUBECONFIG=${name} config view`)}
    ${all(["clusters-text", "twice", "ca-not-base64", "yaml-tab", "kind-pod", "a-word"], (name) => `KUBECONFIG=${name} get pods`)}
    ${all(["clusters-text", "twice", "yaml-colon", "field-unknown", "extensions", "a-list"], (name) => `KUBECONFIG=${name} config set-context x --cluster=a`)}
    ${all(["clusters-text", "ca-bytes", "yaml-colon", "version-2"], (name) => `KUBECONFIG=${name} config use-context x`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config current-context`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config get-contexts`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config get-clusters`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config get-users`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config delete-context a`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config delete-cluster a`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config delete-user a`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config rename-context a b`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config set current-context b`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config unset current-context`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config set-cluster b --server=https://b`)}
    ${all(["clusters-text", "yaml-colon"], (name) => `KUBECONFIG=${name} config set-credentials b --token=t`)}
    KUBECONFIG=field-unknown config view
    KUBECONFIG=extensions config view -o json
    KUBECONFIG=extra config view -o json
    KUBECONFIG=exec-env-odd config view -o json
    KUBECONFIG=dir config view
    KUBECONFIG=dir get pods
    KUBECONFIG=web.yaml config view
    --kubeconfig=dir config view
    --kubeconfig= config current-context
    KUBECONFIG=clusters-text:yaml-colon config view
    KUBECONFIG=one:clusters-text config view
    KUBECONFIG=one:clusters-text config current-context
    KUBECONFIG=one:clusters-text config set-context x
    KUBECONFIG=one:clusters-text get pods
    KUBECONFIG=one:two config view
    KUBECONFIG=two:one config view
    KUBECONFIG=two:one config view --raw -o json
    KUBECONFIG=one::two config get-contexts
    KUBECONFIG=:one config current-context
    KUBECONFIG=none:one:gone config current-context
    KUBECONFIG=none:gone config current-context
    KUBECONFIG=none:gone get pods
    KUBECONFIG=none:gone config set-context x --user=y
    KUBECONFIG=gone config view
    KUBECONFIG=none config view
    KUBECONFIG=one:two config set-context one --namespace=n
    KUBECONFIG=one:two config set-context two --namespace=n
    KUBECONFIG=one:two config set-context fresh --namespace=n
    KUBECONFIG=one:two config set-context shared --namespace=n
    KUBECONFIG=one:two config set-cluster shared --tls-server-name=n
    KUBECONFIG=one:two config set-credentials shared --token=n
    KUBECONFIG=one:two config use-context two
    KUBECONFIG=one:two config delete-context shared
    KUBECONFIG=one:two config get-contexts
    KUBECONFIG=one:two config delete-context shared
    KUBECONFIG=one:two config delete-context shared
    KUBECONFIG=one:two config delete-cluster two
    KUBECONFIG=one:two config delete-user shared
    KUBECONFIG=one:two config rename-context two deux
    KUBECONFIG=one:two config rename-context one deux
    KUBECONFIG=one:two config set contexts.deux.namespace m
    KUBECONFIG=one:two config unset contexts.deux.namespace
    KUBECONFIG=one:two config unset current-context
    KUBECONFIG=one:two config unset current-context
    KUBECONFIG=one config view
    KUBECONFIG=two config view
    KUBECONFIG=one:sub/three config view
    KUBECONFIG=one:sub/three config view --flatten
    KUBECONFIG=one:sub/three config view --minify --flatten --context=three
    KUBECONFIG=one:sub/three config set-cluster three --certificate-authority=ca.crt
    KUBECONFIG=sub/three config view
    KUBECONFIG=sub/three config set-cluster four --certificate-authority=sub/ca.crt
    KUBECONFIG=sub/three config view --raw --flatten
    --kubeconfig=sub/new config set-credentials u --client-certificate=ca.crt
    --kubeconfig=sub/new config view
    --kubeconfig=sub/deep/new config set-context u
    ${all(Object.keys(UNUSABLE), (name) => `KUBECONFIG=${name} get pods`)}
    ${all(Object.keys(PLUGS), (name) => `KUBECONFIG=config:plugs get --raw=/version --user=${name}`)}
    ${all(["good", "fails", "none"], (name) => `KUBECONFIG=config:plugs get pods --user=${name}`)}
    KUBECONFIG=config:plugs get pods --user=fails --token=x
    KUBECONFIG=config:plugs config view -o jsonpath={.users[*].name}
    KUBECONFIG=both-ca config view --minify
    KUBECONFIG=both-ca config view --flatten
    KUBECONFIG=ca-missing config view --flatten
    KUBECONFIG=ca-missing config view --minify
    KUBECONFIG=no-server get pods -s https://127.0.0.1:1
    KUBECONFIG=context-elsewhere get pods --user=u
    KUBECONFIG=no-current get pods
    KUBECONFIG=no-current get pods --cluster=c
    KUBECONFIG=token-basic get pods --token=x
    KUBECONFIG=groups-alone get pods --as=x
    KUBECONFIG=context-bad-namespace get pods -n default
    get pods --as=system:anonymous
    get pods --as-group=x
    get pods --as-uid=x
    get pods --as=jane --as-group=a --as-uid=x
    get pods --username=a
    get pods --token=t --username=a
    KUBECONFIG=context-elsewhere get pods < names
    get pods --client-key=none
    get pods --client-certificate=none
    get pods --client-certificate=ca.crt --client-key=ca.crt
    get pods --certificate-authority=none.crt
    get pods --tls-server-name=other
    get pods --context=
    get pods -s http://
    get pods -s https://
    get pods -s :80
    get pods -s ''
    get pods -s ftp://a
    get pods -s http://127.0.0.1:1
    get pods -s https://127.0.0.1:1
    get pods -s https://127.0.0.1:1/path
    get pods -s 'https://a b'
    get pods -s https://127.0.0.1:99999
    get pods -s https://127.0.0.1:x
    get pods --request-timeout=x
    get pods --request-timeout=-1
    get pods --request-timeout=1y
  `),
};

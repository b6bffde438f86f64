/** config: every subcommand, on files of every kind. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters:
- {name: one, cluster: {server: "https://one.example.com", certificate-authority: ca.crt}}
- {name: two, cluster: {server: "https://two.example.com:6443", insecure-skip-tls-verify: true}}
users:
- {name: jane, user: {token: secret}}
- {name: joe, user: {client-certificate: ca.crt, client-key: key.pem}}
- {name: plug, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: [eks], env: [{name: A, value: b}], interactiveMode: IfAvailable, provideClusterInfo: false}}}
contexts:
- {name: dev, context: {cluster: one, user: jane, namespace: dev}}
- {name: prod, context: {cluster: two, user: joe}}
- {name: broken, context: {cluster: none, user: nobody}}
current-context: dev
`;
const K = "KUBECONFIG=kc";

export const CONFIGS: Scenario = {
  name: "config",
  files: {
    ...FILES,
    kc: KUBECONFIG,
    kc2: KUBECONFIG.replaceAll("dev", "test").replaceAll("one", "uno"),
    empty: "",
    wrong: "apiVersion: v1\nkind: Pod\n",
    "ca.crt": "CA\n",
    "key.pem": "KEY\n",
  },
  steps: lines(`
    ${K} config
    ${K} config nope
    ${K} config view
    ${K} config view --raw
    ${K} config view --minify
    ${K} config view --minify --context=prod
    ${K} config view --minify --context=nope
    ${K} config view --minify --context=broken
    ${K} config view --flatten
    ${K} config view --flatten --minify
    ${K} config view --raw --flatten -o json
    ${K} config view -o json
    ${K} config view -o nope
    ${K} config view -o jsonpath={.users[*].name}
    ${K} config view -o jsonpath='{.contexts[?(@.name=="dev")].context.namespace}'
    ${K} config view -o go-template='{{range .clusters}}{{.name}} {{end}}'
    ${K} config view --template='{{len .users}}'
    ${K} config view --merge=false
    ${K} config view x
    ${K} config view --kubeconfig=kc2 -o jsonpath={.current-context}
    KUBECONFIG=kc:kc2 config view
    KUBECONFIG=kc2:kc config view --minify
    KUBECONFIG=kc:none config get-contexts
    KUBECONFIG=none config view
    KUBECONFIG=none config current-context
    KUBECONFIG=none config get-contexts
    KUBECONFIG=empty config view
    KUBECONFIG=wrong config view
    ${K} config view --kubeconfig=none
    ${K} config current-context
    ${K} config current-context x
    ${K} config get-contexts
    ${K} config get-contexts dev
    ${K} config get-contexts dev prod
    ${K} config get-contexts nope dev
    ${K} config get-contexts -o name
    ${K} config get-contexts prod -o name
    ${K} config get-contexts -o json
    ${K} config get-contexts --no-headers
    ~ ${K} config get-clusters
    ${K} config get-clusters x
    ~ ${K} config get-users
    ${K} config get-users x
    ${K} config use-context prod
    ${K} config current-context
    ${K} config use-context nope
    ${K} config use-context
    ${K} config use-context a b
    ${K} config use dev
    ${K} config set-context dev --namespace=x
    ${K} config set-context --current --namespace=y
    ${K} config set-context --current --user=joe --cluster=two
    ${K} config set-context new
    ${K} config set-context new --cluster=one --user=jane --namespace=z
    ${K} config set-context new --namespace=
    ${K} config set-context
    ${K} config set-context a b
    ${K} config set-context x --current
    ${K} config view --minify
    KUBECONFIG=none config set-context --current --namespace=x
    ${K} config rename-context new newer
    ${K} config rename-context nope x
    ${K} config rename-context newer dev
    ${K} config rename-context newer newer
    ${K} config rename-context newer
    ${K} config rename-context dev devel
    ${K} config current-context
    ${K} config delete-context newer
    ${K} config delete-context newer
    ${K} config delete-context devel
    ${K} config delete-context
    ${K} config delete-cluster two
    ${K} config delete-cluster two
    ${K} config delete-cluster
    ${K} config delete-user joe
    ${K} config delete-user joe
    ${K} config delete-user
    ${K} config view
    ${K} config set-cluster a --server=https://x --tls-server-name=n --proxy-url=http://p:1 --certificate-authority=ca.crt
    ${K} config set-cluster b --certificate-authority=ca.crt --embed-certs
    ${K} config set-cluster b --certificate-authority=nope --embed-certs
    ${K} config set-cluster b --embed-certs
    ${K} config set-cluster b --certificate-authority=ca.crt --insecure-skip-tls-verify=true
    ${K} config set-cluster b --insecure-skip-tls-verify=true
    ${K} config set-cluster a --proxy-url= --tls-server-name=
    ${K} config view --raw -o jsonpath={.clusters}
    ${K} config set-cluster a --insecure-skip-tls-verify=false --certificate-authority=
    ${K} config set-credentials u --exec-command=aws --exec-api-version=client.authentication.k8s.io/v1 --exec-arg=a --exec-arg=b --exec-env=A=b --exec-env=C=d
    ${K} config set-credentials u --exec-env=A- --exec-arg=z --exec-interactive-mode=Never --exec-provide-cluster-info
    ${K} config set-credentials u --exec-interactive-mode=Nope
    ${K} config set-credentials u --exec-command=x --exec-api-version=v9
    ${K} config set-credentials n --exec-arg=x
    ${K} config set-credentials v --auth-provider=oidc --auth-provider-arg=a=b --auth-provider-arg=c=d
    ${K} config set-credentials v --auth-provider-arg=a- --auth-provider-arg=e=f
    ${K} config set-credentials v --auth-provider=gcp
    ${K} config set-credentials w --token=a --username=b
    ${K} config set-credentials w --username=b --password=c
    ${K} config set-credentials w --token=x
    ${K} config set-credentials w --client-certificate=ca.crt --client-key=key.pem --embed-certs
    ${K} config set-credentials x --client-certificate=ca.crt --client-key=key.pem
    ${K} config set-credentials x --embed-certs
    ${K} config set-credentials x --client-certificate=nope --embed-certs=true
    ${K} config view
    ${K} config view --raw
    ${K} config set clusters.one.server https://changed
    ${K} config set clusters.fresh.server https://fresh
    ${K} config set contexts.devel.namespace z
    ${K} config set users.jane.token new
    ${K} config set users.jane.nope new
    ${K} config set users.jane.client-certificate-data Q0E= --set-raw-bytes=true
    ${K} config set users.jane.client-certificate-data Q0E=
    ${K} config set users.jane.client-certificate-data !!!
    ${K} config set current-context prod
    ${K} config set preferences.colors true
    ${K} config set preferences.colors maybe
    ${K} config set clusters.one.insecure-skip-tls-verify true
    ${K} config set clusters.one.insecure-skip-tls-verify maybe
    ${K} config set nope x
    ${K} config set nope.a.b x
    ${K} config set clusters x
    ${K} config set clusters.one x
    ${K} config set clusters.one.server
    ${K} config set
    ${K} config set a b c
    ${K} config unset users.jane.token
    ${K} config unset users.jane
    ${K} config unset users.nobody
    ${K} config unset current-context
    ${K} config unset contexts
    ${K} config unset nope
    ${K} config unset
    ${K} config unset a b
    ${K} config view
    KUBECONFIG=fresh config set-cluster a --server=https://a
    KUBECONFIG=fresh config view
    KUBECONFIG=kc:kc2 config set-cluster uno --server=https://b
    KUBECONFIG=kc2 config view -o jsonpath={.clusters[*].cluster.server}
    config set-cluster z --server=https://z --kubeconfig=other
    config view --kubeconfig=other
    --kubeconfig=nope get pods
    --context=nope get pods
    --cluster=nope get pods
    --user=nope get pods
    ${K} get pods --context=broken
  `),
};

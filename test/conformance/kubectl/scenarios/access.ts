import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

/** A request for CN=jane, O=dev, OU=shop, C=DE. */
const CSR = `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: plain}
spec:
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ2ZqQ0NBV1lDQVFBd09URU5NQXNHQTFVRUF3d0VhbUZ1WlRFTU1Bb0dBMVVFQ2d3RFpHVjJNUTB3Q3dZRApWUVFMREFSemFHOXdNUXN3Q1FZRFZRUUdFd0pFUlRDQ0FTSXdEUVlKS29aSWh2Y05BUUVCQlFBRGdnRVBBRENDCkFRb0NnZ0VCQUtJUlpqNzhIRTh6S0ZDOWFOY3dPbmZMeHpVSHUxSzZtbzNGYjhUblpXaUFzdndlRHJ2akNrQVcKdnk0eEEwQUM2L0xRNGZIK1hlVzhLNXhyaHUvM1Q3Ty90K2pIS3Nxcm96Y2phOUVCZU1OSFZHMTVpNUVVenNyOQpITkJwSTFyc2lOMTVUbkN6T05ySGxUc3J0RlphUnhtd0g4RkV3RUVVWExuMVZYNlg0bTErdkJkT0UrQzJtS0JNCjJ0VWNudHZQZVE2dzJlQk52cWJoWnRiWkhVcjZ5aWIvVnB4WkdBbkhhL0N6SzBZMG1xR0ZjZVRkUHgvNVZkalUKQ1UvY21jMmR1RklxL3ZvdUg1RGJZbWEwdXBBYkFEa054a0FORzRrQ2JGZVZRUlgwUGd1andFbEdVdEpzODNWTAp1NHZGVVdPNzZYVWRZMEZuUy9MdndtNUV4d1puRzlFQ0F3RUFBYUFBTUEwR0NTcUdTSWIzRFFFQkN3VUFBNElCCkFRQnNLQjRIQmt1NDJKYUFDMEVTSFB2WFBwQTNKeWk4UVZKSVBveTRhRExOdCtWMElVR1JwUUVMbFBFUXRkcGsKQTlaKytTKzFpR2FXbUVsTzRIUDBWYmNJcE5Nb2IxQWkzLzRCZmRYOXJOZ3prbkp6S3d6Q25uVWpERnM5S0s0Mwo4d2ZscEZKTkQ3WVhLaFViaWpUYkUxdTlyVjNFSlQzU2JSV2dhZklBQ3JEbkpnTjVmb2ptVzhJd1FzQ3ZUZStFCnhHdGQyRk1RUmZ4TnNHM0tSMTVqUGZ5TFI1R2N5cU05Umg5UThIR2pwcWNxSnYwbnovTTdnU2R2Y3AwK1Z2MTUKWmphbHozM0ZsbkhtRWFUejRxMXBqRmY2RGtGdXBVUm5DQWl1SUxDRnNqSldQOFRkR3Q3c01WZStmRWVlbVlDaApOWHIyRUR5QythSHpkZEcxVllOQWMwVmEKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
---
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: other, labels: {a: b}}
spec:
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ2ZqQ0NBV1lDQVFBd09URU5NQXNHQTFVRUF3d0VhbUZ1WlRFTU1Bb0dBMVVFQ2d3RFpHVjJNUTB3Q3dZRApWUVFMREFSemFHOXdNUXN3Q1FZRFZRUUdFd0pFUlRDQ0FTSXdEUVlKS29aSWh2Y05BUUVCQlFBRGdnRVBBRENDCkFRb0NnZ0VCQUtJUlpqNzhIRTh6S0ZDOWFOY3dPbmZMeHpVSHUxSzZtbzNGYjhUblpXaUFzdndlRHJ2akNrQVcKdnk0eEEwQUM2L0xRNGZIK1hlVzhLNXhyaHUvM1Q3Ty90K2pIS3Nxcm96Y2phOUVCZU1OSFZHMTVpNUVVenNyOQpITkJwSTFyc2lOMTVUbkN6T05ySGxUc3J0RlphUnhtd0g4RkV3RUVVWExuMVZYNlg0bTErdkJkT0UrQzJtS0JNCjJ0VWNudHZQZVE2dzJlQk52cWJoWnRiWkhVcjZ5aWIvVnB4WkdBbkhhL0N6SzBZMG1xR0ZjZVRkUHgvNVZkalUKQ1UvY21jMmR1RklxL3ZvdUg1RGJZbWEwdXBBYkFEa054a0FORzRrQ2JGZVZRUlgwUGd1andFbEdVdEpzODNWTAp1NHZGVVdPNzZYVWRZMEZuUy9MdndtNUV4d1puRzlFQ0F3RUFBYUFBTUEwR0NTcUdTSWIzRFFFQkN3VUFBNElCCkFRQnNLQjRIQmt1NDJKYUFDMEVTSFB2WFBwQTNKeWk4UVZKSVBveTRhRExOdCtWMElVR1JwUUVMbFBFUXRkcGsKQTlaKytTKzFpR2FXbUVsTzRIUDBWYmNJcE5Nb2IxQWkzLzRCZmRYOXJOZ3prbkp6S3d6Q25uVWpERnM5S0s0Mwo4d2ZscEZKTkQ3WVhLaFViaWpUYkUxdTlyVjNFSlQzU2JSV2dhZklBQ3JEbkpnTjVmb2ptVzhJd1FzQ3ZUZStFCnhHdGQyRk1RUmZ4TnNHM0tSMTVqUGZ5TFI1R2N5cU05Umg5UThIR2pwcWNxSnYwbnovTTdnU2R2Y3AwK1Z2MTUKWmphbHozM0ZsbkhtRWFUejRxMXBqRmY2RGtGdXBVUm5DQWl1SUxDRnNqSldQOFRkR3Q3c01WZStmRWVlbVlDaApOWHIyRUR5QythSHpkZEcxVllOQWMwVmEKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==
  signerName: example.com/own
  expirationSeconds: 3600
  usages: [digital signature]
`;

export const ACCESS: Scenario = {
  name: "tokens, certificates, subjects and kubeconfig",
  files: { ...FILES, "csr.yaml": CSR },
  steps: lines(`
    create token
    create token nope
    create token a b
    create token default --duration=5m --bound-object-kind=Pod
    create token default --bound-object-name=x
    create token default --bound-object-kind=Foo --bound-object-name=x
    create token default --bound-object-uid=x
    create token default --duration=-1s
    create token default --duration=1s
    create token default --duration=1500ms
    create token default -o name
    create token default --audience=a --audience=b --duration=10m -o jsonpath='{.spec}'
    create token default --bound-object-kind=Pod --bound-object-name=none
    create token default -n nope
    create ingress
    create ingress x
    create ingress x --rule=a
    create ingress x --annotation=a=b
    create ingress x --rule=foo.com/bar=svc1:8080,tls=my-cert --dry-run=client -o yaml
    create ingress x --class=c --rule=foo.com/*=svc:http --default-backend=d:80 --annotation=a=b --annotation=c --dry-run=client
    create ingress x --class=c --rule=foo.com/*=svc:http --default-backend=d:80 --annotation=a=b --annotation=c= --dry-run=client -o yaml
    create ingress x --rule=foo.com/path*=svc:8080,tls --rule=/other=svc:9090 --rule=foo.com/b=svc:http --rule=bar.com/=x:1,tls=s --rule=baz.com/=x:1,tls=s --dry-run=client -o json
    create ingress x --rule=foo.com/=svc
    create ingress x --rule=foo.com/=svc:
    create ingress x --default-backend=svc
    create ingress x --default-backend=svc:x --dry-run=client -o yaml
    create ingress x --rule=foo.com/x=svc:80,tls= --dry-run=client -o jsonpath={.spec}
    create ing x --rule=*.foo.com/x=svc:80
    create ing x --rule=*.foo.com/x=svc:80
    get ing x
    create clusterrolebinding crb --clusterrole=view --user=a
    create rolebinding rb --clusterrole=view --group=g
    set subject
    set subject clusterrolebinding
    set subject clusterrolebinding crb
    set subject clusterrolebinding crb --user=b --group=g --serviceaccount=ns:sa
    set subject clusterrolebinding crb --user=b
    set subject clusterrolebinding crb --user=c --dry-run=client
    set subject clusterrolebinding crb --user=c --dry-run=server -o jsonpath={.subjects}
    set subject rolebinding nope --user=x
    set subject rolebinding rb --user=x,y -o name
    set subject clusterrolebinding crb --serviceaccount=bad
    set subject clusterrolebinding crb --serviceaccount=:
    set subject svc kubernetes --user=y
    set subject -f cm.yaml --user=y --local
    get clusterrolebinding crb -o jsonpath={.subjects}
    certificate approve
    certificate approve nope
    apply -f csr.yaml
    get csr
    describe csr plain
    certificate approve plain
    certificate approve plain
    certificate deny plain
    certificate deny plain --force
    get csr plain -o jsonpath='{.status.conditions[*].type} {.status.conditions[*].reason} {.status.conditions[*].message}'
    certificate deny other -o name
    certificate deny other
    certificate deny csr/other -o jsonpath={.status.conditions[0].reason}
    describe csr other
    certificate approve -f csr.yaml
    certificate approve other nope
    certificate approve csr/plain
    get csr
    config set contexts.c.namespace kube-system
    config view --minify -o jsonpath={..namespace}
    config unset contexts.c.namespace
    config set clusters.new.server https://x
    config set current-context nope
    config current-context
    config set current-context c
    config set users.w.token secret
    config set users.w.client-key-data abc
    config set users.w.client-key-data abc --set-raw-bytes=true
    config set clusters.a.insecure-skip-tls-verify true
    config set clusters.a.insecure-skip-tls-verify maybe
    config set foo.bar x
    config set preferences.colors true
    config unset users.w
    config unset nope
    config unset contexts.nope.namespace
    config unset contexts.nope
    config get-contexts
    config get-contexts nope
    config get-contexts -o name
    config get-contexts -o yaml
    config view -o jsonpath='{.clusters[*].name}'
    config view
    config set-context d --cluster=new --user=u --namespace=x
    config set-context --current --namespace=kube-public
    get cm -o name
    config set-context d
    config rename-context d e
    config rename-context nope e
    config rename-context e c
    config use-context e
    config use-context nope
    config use-context c
    config delete-context e
    config delete-context e
    config delete-cluster new
    config delete-cluster new
    config delete-user nope
    config unset current-context
    config current-context
    get pods
    get pods,svc
    get pod/x
    get pod x
    describe pod x
    delete pod x
    label pod x a=b
    edit cm x
    events
    config set current-context c
    get pods -s http://127.0.0.1:1
  `),
};

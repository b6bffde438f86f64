/** Requests as -v=6 to 9 show them: which are made, with what headers and bodies, and from where. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const TRACES_MORE: Scenario = {
  name: "requests as they are logged",
  files: FILES,
  steps: lines(`
    get pods -v=9
    get nope -v=8
    get nope -v=9
    create -f cm.yaml -v=6
    delete cm settings -v=6
    create -f cm.yaml -v=8
    create -f cm.yaml -v=8
    create -f cm.yaml -f cm2.yaml -v=6
    create -f dir -v=6
    delete cm settings -v=8
    apply -f cm.yaml -v=6
    + apply --server-side -f cm.yaml -v=6
    + apply --server-side -f cm2.yaml -v=6
    + apply --server-side --force-conflicts -f cm.yaml -v=6
    + apply --server-side --force-conflicts -f cm.yaml -v=8
    + apply --server-side -f pod.yaml -v=6
    + replace -f cm2.yaml -v=8
    + replace -f cm2.yaml -v=6
    get cm settings -v=6
    + patch cm settings --type=merge -p '{"data":{"b":"9"}}' -v=9
    + patch cm settings --type=json -p '[{"op":"add","path":"/data/c","value":"x"}]' -v=8
    get cm settings -o json -v=9
    get pods,svc -v=6
    get pods -A -v=6
    get pods -l a=b -v=6
    get pods --field-selector=metadata.name=p -v=6
    get svc -w --chunk-size=1 --request-timeout=1s -o name
    get cm -w --chunk-size=1 --request-timeout=1s
    wait --for=condition=Ready pod/two --timeout=20s
    logs two -c one -v=6
    logs two -c none -v=6
    create deploy dep --image=nginx
    scale deploy dep --replicas=2 -v=6
    scale deploy dep --current-replicas=3 --replicas=2 -v=6
    + set image deploy/dep nginx=nginx:1.27 -v=6
    + set env deploy/dep A=b -v=6
    + rollout restart deploy/dep -v=6
    rollout pause deploy/dep -v=6
    expose deploy dep --port=80 -v=6
    explain pods -v=6
    explain pods.spec -v=6
    explain pods -v=8
    explain nope -v=6
    explain pods --output=plaintext-openapiv2
    explain pods.spec --output=plaintext-openapiv2 -v=6
    explain deploy --output=plaintext-openapiv2
    explain pods --api-version=v9 -v=6
    explain deploy --api-version=apps/v1 -v=6
    api-resources -v=8
    api-versions
    api-versions -v=8
    version -v=8
    cluster-info -v=8
    top pods -v=6
    top nodes -v=6
    certificate approve nope -v=8
    + taint nodes node-1 a=b:NoSchedule -v=8
    taint nodes node-1 a=b:NoSchedule- -v=6
    drain node-1 -v=6 --dry-run=server --ignore-daemonsets --force
    uncordon node-1 -v=6
    cordon node-1 -v=6
    uncordon node-1 -v=6
    create clusterrole cr --verb=get --resource=pods -v=6
    get --raw /version -v=8
    get --raw /version -v=6
    get --raw /nope -v=8
    get --raw /api/v1/namespaces/default/pods/nope -v=8
    delete pod nope -v=8
    delete pod nope none -v=6
    delete cm --all -v=6
    cp p:/etc/hostname x -v=6
    port-forward pod/nope 80 -v=8
    exec nope -v=6 -- ls
    get cm -v=6 --chunk-size=1
    get cm -o yaml -v=6
    get ns default -v=8 -o jsonpath={.metadata.name}
    get pods --subresource=status -v=6
    get pod nope --subresource=status -v=8
    plugin list -v=8
    config view -v=8
    kustomize dir -v=8
  `),
};

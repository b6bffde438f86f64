import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const AUTH_EVENTS: Scenario = {
  name: "auth and events",
  files: FILES,
  steps: lines(`
      auth whoami
      auth whoami -o jsonpath={.status.userInfo.groups}
      auth can-i
      auth can-i get pods
      auth can-i get nodes
      auth can-i list deployments.apps --subresource=scale
      auth can-i fly pods
      auth can-i get nothings
      auth can-i get nothings.example.com
      auth can-i get /healthz
      auth can-i delete pods/web-0 -A
      auth can-i get pods --as=system:serviceaccount:default:default
      auth can-i get pods --as=nobody -q
      auth can-i --list --as=system:serviceaccount:default:default
      auth can-i --list x
      auth can-i get pods --no-headers
      events
      events --types=Nope
      events --for=pod
      apply -f pod.yaml
      wait --for=condition=Ready pod/two
      events --for=pod/two
      events --for pod/two --types=Warning
      events --for pod/two --no-headers
      events --for nothing/two
    `),
};

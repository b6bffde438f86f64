# One canary, so partition 1? The partition is an ordinal.
kubectl patch statefulset web -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":1}}}}'
kubectl set image statefulset/web nginx=nginx:1.27
kubectl rollout status statefulset/web --timeout=180s

# The image is changed while the partition is still 0: it reaches everybody.
kubectl set image statefulset/web nginx=nginx:1.27
kubectl rollout status statefulset/web --timeout=180s
kubectl patch statefulset web -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":4}}}}'

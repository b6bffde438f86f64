# The fence first, then the image; then the fence one step further; then back.
kubectl patch statefulset web -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":4}}}}'
kubectl set image statefulset/web nginx=nginx:1.27
kubectl rollout status statefulset/web --timeout=180s
kubectl patch statefulset web -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}}}}'
kubectl rollout status statefulset/web --timeout=180s
kubectl rollout undo statefulset/web
kubectl rollout status statefulset/web --timeout=180s

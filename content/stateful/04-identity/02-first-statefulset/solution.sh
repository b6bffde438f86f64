kubectl apply -f web.yaml || true
sed -i '/serviceName: nginx/a\  selector:\n    matchLabels:\n      app: nginx' web.yaml
kubectl apply -f web.yaml
kubectl rollout status statefulset web --timeout=120s
# checkpoint: accepted
kubectl scale statefulset web --replicas=3
kubectl rollout status statefulset web --timeout=120s
# checkpoint: order
kubectl delete pod web-1
kubectl wait --for=condition=Ready pod/web-1 --timeout=120s
# checkpoint: same-name
kubectl exec web-0 -- sh -c 'echo I am web-0 > /usr/share/nginx/html/index.html'

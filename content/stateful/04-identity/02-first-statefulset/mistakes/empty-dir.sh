sed -i '/serviceName: nginx/a\  selector:\n    matchLabels:\n      app: nginx' web.yaml
sed -i '/volumeClaimTemplates:/,$d' web.yaml
printf '      volumes:\n        - name: www\n          emptyDir: {}\n' >> web.yaml
kubectl apply -f web.yaml
kubectl rollout status statefulset web --timeout=120s
kubectl exec web-0 -- sh -c 'echo I am web-0 > /usr/share/nginx/html/index.html'

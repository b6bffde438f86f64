kubectl patch statefulset web --type=json -p '[{"op":"replace","path":"/spec/updateStrategy","value":{"type":"OnDelete"}}]'
kubectl set image statefulset/web nginx=nginx:1.27
kubectl delete pod web-4 web-3

# Applied as it is: refused.
kubectl apply -f web.yaml || true

#!/usr/bin/env bash
# examples/keystone.sh [up|down]  - MariaDB, Memcached and Keystone by hand on the real node, to a token; prints the time of each step.
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/env.sh"
dir=$(cluster_dir "$node_cluster")
export KUBECONFIG=$dir/kubeconfigs/admin.kubeconfig
k() { kubectl -n keystone-example "$@"; }

if [ "${1:-up}" = down ]; then
  kubectl delete namespace keystone-example --ignore-not-found --timeout=120s
  "$here/volumes.sh"
  exit
fi

secret() { openssl rand -hex 16; }
key() { openssl rand -base64 32 | tr '+/' '-_'; }
manifests=$(umask 077; mktemp); trap 'rm -f "$manifests"' EXIT
sed -e "s/@ROOT_PASSWORD@/$(secret)/; s/@ADMIN_PASSWORD@/$(secret)/; s/@FERNET_0@/$(key)/; s/@FERNET_1@/$(key)/; s/@CREDENTIAL_0@/$(key)/; s/@CREDENTIAL_1@/$(key)/" \
  -e "s/@DB_PASSWORD@/$(secret)/g" "$here/examples/keystone.yaml" >"$manifests"
step() { kubectl apply -f "$manifests" -l "step=$1" >/dev/null; }
give_up() { k get pods; k describe pods "${@:2}" | tail -n 30; k logs --all-containers --tail=40 "${@:2}" || true; die "$1"; }
rolled_out() { k rollout status "$1" --timeout=180s >/dev/null || give_up "$1 is not ready" -l "app=$2"; say "$1 ready"; }
job() {
  local state end=$((SECONDS + 180))
  step "$1"
  while [ $SECONDS -lt $end ]; do
    state=$(k get jobs -l "step=$1" -o jsonpath='{.items[*].status.conditions[?(@.status=="True")].type}')
    case $state in *Complete*) say "$1 done"; return;; *Failed*) break;; esac
    sleep 0.2
  done
  give_up "$1 did not succeed: ${state:-still running}" -l "job-name=$(k get jobs -l "step=$1" -o jsonpath='{.items[0].metadata.name}')"
}

if k get secret keystone >/dev/null 2>&1; then die "there already: '$0 down' first"; fi
step prepare; say "namespace and secrets"
step mariadb; rolled_out statefulset/mariadb mariadb; rolled_out deployment/memcached memcached
job db-create
job db-sync
job bootstrap
step api; rolled_out deployment/keystone keystone
job token
k logs job/token

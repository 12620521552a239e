#!/usr/bin/env bash
# stop.sh [--name NAME] [--wipe]  - ends what start.sh started for this cluster, by pid, and nothing else; --wipe removes its data too.
. "$(dirname "$0")/env.sh"
name=dev wipe=false
while [ $# -gt 0 ]; do
  case $1 in --name) name=$2; shift;; --wipe) wipe=true;; *) die "unknown option $1";; esac
  shift
done
dir=$(cluster_dir "$name")
[ -d "$dir" ] || { echo "no cluster $name"; exit 0; }
if $wipe && alive "$dir/run/kube-apiserver.pid"; then   # the simulated volumes are directories under /tmp
  KUBECONFIG=$dir/kubeconfigs/admin.kubeconfig timeout 10 kubectl get pv -o jsonpath='{range .items[*]}{.spec.hostPath.path}{"\n"}{end}' 2>/dev/null \
    | { grep '^/tmp/hostpath_pv/[-0-9a-f]*$' || true; } | xargs -r rm -rf
fi
end 10 kwok kube-scheduler kube-controller-manager
end 2 kube-apiserver      # it would wait a minute for open watches; it holds no state
end 10 etcd
if $wipe; then rm -rf "$dir"; say "removed $dir"; fi

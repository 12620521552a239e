#!/usr/bin/env bash
# node-stop.sh [--wipe]  - ends the node's daemons and all its containers, then its control plane; --wipe removes data, volumes and the bridge too.
# --leftovers: only clears what a run that crashed left behind (containers, mounts, network namespaces, firewall chains).
. "$(dirname "$0")/env.sh"
need_root
mode=${1:-}
case $mode in '' | --wipe | --leftovers) ;; *) die "unknown option $mode";; esac
dir=$(cluster_dir "$node_cluster")
mkdir -p "$dir/run"
end 15 kubelet kube-proxy coredns

# Containers: runc keeps the state of ours in a folder of our own; the shims name our socket.
runc_root=$containerd_run/runc/k8s.io
if [ -d "$runc_root" ]; then
  for state in "$runc_root"/*/; do
    [ -d "$state" ] || continue
    timeout 10 runc --root "$runc_root" kill --all "$(basename "$state")" KILL 2>/dev/null || true
  done
fi
ctr() { timeout 20 /usr/bin/ctr -a "$containerd_sock" -n k8s.io "$@" 2>/dev/null; }
if alive "$dir/run/containerd.pid"; then
  for task in $(ctr task ls -q); do ctr task rm -f "$task" >/dev/null || true; done
  # shellcheck disable=SC2046
  set -- $(ctr container ls -q); [ $# = 0 ] || ctr container rm "$@" || true
fi
end 15 containerd
for proc in /proc/[0-9]*; do   # shims outlive containerd on purpose
  mapfile -d '' -t words <"$proc/cmdline" 2>/dev/null || continue
  if [[ "${words[0]:-}" == *containerd-shim-runc-v2 && " ${words[*]} " == *" $containerd_sock "* ]]; then kill -9 "${proc#/proc/}" 2>/dev/null || true; fi
done
awk -v a="$node_home/" -v b="$containerd_run/" 'index($2, a) == 1 || index($2, b) == 1 {print $2}' /proc/mounts | sort -r | while read -r mount; do
  umount "$mount" 2>/dev/null || umount -l "$mount" 2>/dev/null || true
done
for address in "$containerd_run"/io.containerd.runtime.v2.task/k8s.io/*/address; do   # the shims' sockets are elsewhere
  [ ! -f "$address" ] || rm -f "$(sed 's|^unix://||' "$address")"
done
rm -rf "$containerd_run" "$node_home/kubelet"
if [ -d "$node_home/ipam" ]; then   # the Pods' network namespaces: of those that the bridge plugin made, the ones without processes
  for netns in /run/netns/cni-*; do
    [ -e "$netns" ] || continue
    if [ -z "$(ip netns pids "$(basename "$netns")" 2>/dev/null)" ]; then ip netns delete "$(basename "$netns")" || true; fi
  done
  rm -rf "$node_home/ipam"
fi
find /var/log/containers -type l -lname "$node_home/*" -delete 2>/dev/null || true
patience=$((SECONDS + 2))
for group in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do
  while [ -d "$group" ]; do   # a process that was killed just now still holds its group; an empty group does no harm
    find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    if [ -d "$group" ] && [ $SECONDS -lt $patience ]; then sleep 0.1; else break; fi
  done
done
if [ -x "$bin/kube-proxy" ]; then timeout 30 "$bin/kube-proxy" --cleanup >/dev/null 2>&1 || true; fi
for iptables in iptables ip6tables; do   # the kubelet's own chains
  "$iptables" -D INPUT -j KUBE-FIREWALL || true; "$iptables" -D OUTPUT -j KUBE-FIREWALL || true
  for table in filter mangle nat; do for chain in KUBE-FIREWALL KUBE-KUBELET-CANARY KUBE-IPTABLES-HINT; do
    if "$iptables" -t $table -F $chain; then "$iptables" -t $table -X $chain || true; fi
  done; done
done 2>/dev/null
[ "$mode" != --leftovers ] || exit 0
if [ "$mode" = --wipe ]; then
  "$here/stop.sh" --name "$node_cluster" --wipe
  rm -rf "$node_home"
  ip link delete "$bridge" 2>/dev/null || true
  say "removed $node_home and the bridge $bridge"
else
  "$here/stop.sh" --name "$node_cluster"
fi

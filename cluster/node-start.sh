#!/usr/bin/env bash
# node-start.sh [--no-images]  - this machine as a real Kubernetes node: the control plane "node", containerd, kubelet, kube-proxy, DNS, volumes and images.
# Needs root. Again: starts what does not run. What an earlier run left behind after a crash is cleared first.
. "$(dirname "$0")/env.sh"
need_root
with_images=true
[ "${1:-}" != --no-images ] || with_images=false
dir=$(cluster_dir "$node_cluster")
"$here/deps.sh" node
"$here/build.sh" cluster node
if $with_images; then "$here/images/build.sh"; else "$here/images/build.sh" --pause; fi
if ! alive "$dir/run/containerd.pid"; then "$here/node-stop.sh" --leftovers; fi
"$here/start.sh" --name "$node_cluster" --for-node
trap '[ $? = 0 ] || "$here/node-stop.sh" >&2' EXIT
export KUBECONFIG=$dir/kubeconfigs/admin.kubeconfig
mkdir -p "$node_home"/{cni,kubelet,containerd,volumes,log} "$containerd_run"

# --- containerd: Debian's, with a socket, a root and a network of its own ---
cat >"$node_home/cni/10-bridge.conflist" <<C
{"cniVersion": "0.4.0", "name": "$bridge", "plugins": [
  {"type": "bridge", "bridge": "$bridge", "isGateway": true, "hairpinMode": true, "ipMasq": false,
   "ipam": {"type": "host-local", "dataDir": "$node_home/ipam", "ranges": [[{"subnet": "$pod_cidr", "rangeStart": "${node_ip%.*}.10", "gateway": "$node_ip"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
C
cat >"$node_home/containerd.toml" <<C
version = 2
root = "$node_home/containerd"
state = "$containerd_run"
[grpc]
  address = "$containerd_sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "openstack-operator.dev/pause:1"
  restrict_oom_score_adj = true   # a machine without CAP_SYS_RESOURCE may not lower it
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = "$containerd_run/runc"   # so that node-stop.sh finds our containers and no others
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$node_home/cni"
C
# makes /run/netns a mount now: a later "ip netns add" would hide the Pods' entries
ip netns add oso-prepare; ip netns delete oso-prepare
# a Pod may hand mounts on to its node only where that is a shared mount, which systemd makes of /
mkdir -p /var/lib/nova
findmnt -no PROPAGATION -T /var/lib/nova | grep -q shared || { mount --bind /var/lib/nova /var/lib/nova; mount --make-shared /var/lib/nova; }
PATH=/usr/sbin:/usr/bin:/sbin:/bin spawn containerd /usr/bin/containerd -c "$node_home/containerd.toml"
wait_for 30 "containerd ready" containerd /usr/bin/ctr -a "$containerd_sock" version
"$here/images/load.sh"

# --- kubelet, kube-proxy, DNS ---
serving_cert() {
  [ -f "$dir/pki/kubelet.crt" ] && return
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/pki/kubelet.key" 2>/dev/null
  openssl req -new -key "$dir/pki/kubelet.key" -subj "/O=system:nodes/CN=system:node:$node_name" | openssl x509 -req -CA "$dir/pki/ca.crt" -CAkey "$dir/pki/ca.key" \
    -set_serial "0x$(openssl rand -hex 8)" -days 3650 -extfile <(echo extendedKeyUsage=serverAuth; echo "subjectAltName=DNS:$node_name,IP:$node_ip") -out "$dir/pki/kubelet.crt" 2>/dev/null
}
serving_cert
kubeconfig_of() { "$here/user-kubeconfig.sh" --name "$node_cluster" "$@"; }
kubelet=$(kubeconfig_of "system:node:$node_name" system:nodes)
proxy=$(kubeconfig_of system:kube-proxy)
dns=$(kubeconfig_of coredns system:masters)
printf 'nameserver %s\n' "$node_ip" >"$node_home/resolv.conf"
cat >"$node_home/Corefile" <<C
.:53 {
  bind $node_ip
  errors
  cache 5
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $dns $node_cluster
    pods insecure
    ttl 5
  }
}
C
cat >"$node_home/kubelet.yaml" <<C
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $node_ip
port: 10250
healthzBindAddress: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $dir/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $dir/pki/kubelet.crt
tlsPrivateKeyFile: $dir/pki/kubelet.key
cgroupDriver: cgroupfs
cgroupRoot: /
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: [pods]
containerRuntimeEndpoint: unix://$containerd_sock
clusterDNS: [$node_ip]
clusterDomain: cluster.local
resolvConf: $node_home/resolv.conf
podLogsDir: $node_home/log
volumePluginDir: $node_home/kubelet/volumeplugins
evictionHard: {memory.available: 200Mi}
imageGCHighThresholdPercent: 100
imageMaximumGCAge: 0s
maxPods: 110
serializeImagePulls: false
nodeStatusUpdateFrequency: 5s
C
spawn coredns "$bin/coredns" -conf "$node_home/Corefile"
spawn kubelet "$bin/kubelet" --config "$node_home/kubelet.yaml" --kubeconfig "$kubelet" --root-dir "$node_home/kubelet" --hostname-override "$node_name" --node-ip "$node_ip" --v=2
spawn kube-proxy "$bin/kube-proxy" --kubeconfig "$proxy" --proxy-mode iptables --hostname-override "$node_name" --cluster-cidr "$pod_cidr" \
  --conntrack-max-per-core 0 --healthz-bind-address 127.0.0.1:10256 --metrics-bind-address 127.0.0.1:10249
wait_for 60 "kubelet answers" kubelet curl -fs --max-time 2 http://127.0.0.1:10248/healthz
ready() { kubectl get node "$node_name" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}' | grep -qx True; }
wait_for 90 "node $node_name Ready" kubelet ready
wait_for 30 "DNS answers" coredns timeout 2 bash -c "exec 3<>/dev/tcp/$node_ip/53"
wait_for 30 "kube-proxy works" kube-proxy curl -fs --max-time 2 http://127.0.0.1:10256/healthz
"$here/volumes.sh"
pids=$(for name in containerd kubelet kube-proxy coredns; do printf '{"%s": %s}\n' "$name" "$(cut -d' ' -f1 "$dir/run/$name.pid")"; done | jq -s add)
jq --argjson pids "$pids" --arg socket "$containerd_sock" --arg node "$node_name" '.pids += $pids | .node = $node | .containerd = $socket' "$dir/cluster.json" >"$dir/cluster.json.new"
mv "$dir/cluster.json.new" "$dir/cluster.json"
say "node usable    $dir/cluster.json"
echo "export KUBECONFIG=$KUBECONFIG"

#!/usr/bin/env bash
# start.sh [--name NAME] [--kwok N] [--for-node]  - a Kubernetes control plane on loopback with N simulated nodes (default 1), ready to use.
# Everything of it lives in one directory; tests read its cluster.json. Again: starts what does not run, keeps the data.
# --for-node is for node-start.sh: the API server listens on the node's bridge, where Pods reach it, and no node is simulated.
. "$(dirname "$0")/env.sh"
name=dev kwok_nodes=1 address=127.0.0.1 for_node=false
while [ $# -gt 0 ]; do
  case $1 in
    --name) name=$2; shift;;
    --kwok) kwok_nodes=$2; shift;;
    --for-node) for_node=true address=$node_ip kwok_nodes=0;;
    *) die "unknown option $1 (see the first lines of $0)";;
  esac
  shift
done
dir=$(cluster_dir "$name")
"$here/deps.sh" cluster
"$here/build.sh" cluster
mkdir -p "$dir"/{pki,kubeconfigs,run,log}; chmod 700 "$dir"
exec 9>"$clusters/.lock"; flock 9      # two starts at once must not choose the same ports
trap '[ $? = 0 ] || "$here/stop.sh" --name "$name" >&2' EXIT

# --- ports: ten in a row that no other cluster has and nobody listens on; kept for this cluster's life ---
listening() { ss -Hltn "sport >= :$1 and sport < :$(($1 + 10))" | grep -q .; }
if ! alive "$dir/run/kube-apiserver.pid" && { [ ! -f "$dir/ports" ] || listening "$(cat "$dir/ports")"; }; then
  rm -f "$dir/ports"
  for ((base = 16440; base < 20000; base += 10)); do
    grep -qsx "$base" "$clusters"/*/ports || listening "$base" || break
  done
  echo "$base" >"$dir/ports"
fi
flock -u 9
base=$(cat "$dir/ports")
etcd_port=$((base + 1)) peer_port=$((base + 2)) server_port=$((base + 3)) manager_port=$((base + 4)) scheduler_port=$((base + 5)) kwok_port=$((base + 6))
server=https://$address:$server_port

if $for_node && ! ip link show "$bridge" >/dev/null 2>&1; then
  ip link add "$bridge" type bridge; ip addr add "$node_ip/24" dev "$bridge"; ip link set "$bridge" up
fi

etcd=http://127.0.0.1:$etcd_port
spawn etcd "$bin/etcd" --name "$name" --data-dir "$dir/etcd" --log-level warn --unsafe-no-fsync \
  --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
  --listen-peer-urls "http://127.0.0.1:$peer_port" --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
  --initial-cluster "$name=http://127.0.0.1:$peer_port"

# --- keys and certificates, once ---
pki=$dir/pki
new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
serving() { # file subject names
  [ -f "$pki/$1.crt" ] || {
    new_key "$pki/$1.key"
    openssl req -new -key "$pki/$1.key" -subj "$2" | openssl x509 -req -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -set_serial "0x$(openssl rand -hex 8)" -days 3650 \
      -extfile <(echo "extendedKeyUsage=serverAuth,clientAuth"; echo "subjectAltName=$3") -out "$pki/$1.crt" 2>/dev/null
  }
}
if [ ! -f "$pki/ca.crt" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$name-ca" -keyout "$pki/ca.key" -out "$pki/ca.new" 2>/dev/null
  mv "$pki/ca.new" "$pki/ca.crt"
fi
[ -f "$pki/sa.pub" ] || { new_key "$pki/sa.key"; openssl pkey -in "$pki/sa.key" -pubout -out "$pki/sa.pub"; }
serving apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$node_ip,IP:${service_cidr%.*}.1"
user() { "$here/user-kubeconfig.sh" --name "$name" --server "$server" "$@" >/dev/null; }
user admin system:masters
user system:kube-controller-manager
user system:kube-scheduler
user kwok system:masters
user kube-apiserver system:masters     # for the kubelet's logs and exec

wait_for 20 "etcd ready" etcd curl -fs --max-time 2 "$etcd/health"
reconciler=lease; [ "$address" != 127.0.0.1 ] || reconciler=none     # a loopback address may not be published
alive "$dir/run/kube-apiserver.pid" || rm -f "$dir"/audit*.log       # the audit log is that of one run
spawn kube-apiserver "$bin/kube-apiserver" --etcd-servers "$etcd" --bind-address "$address" --secure-port "$server_port" \
  --endpoint-reconciler-type "$reconciler" --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" \
  --client-ca-file "$pki/ca.crt" --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged=true \
  --service-cluster-ip-range "$service_cidr" --service-account-issuer https://kubernetes.default.svc \
  --service-account-key-file "$pki/sa.pub" --service-account-signing-key-file "$pki/sa.key" \
  --kubelet-client-certificate "$pki/kube-apiserver.crt" --kubelet-client-key "$pki/kube-apiserver.key" \
  --kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types InternalIP \
  --audit-policy-file "$here/audit-policy.yaml" --audit-log-path "$dir/audit.log" --audit-log-maxsize 4096
answers() { curl -fsk --max-time 2 "$1"; }
wait_for 60 "kube-apiserver ready" kube-apiserver answers "$server/readyz"

manager=$dir/kubeconfigs/system_kube-controller-manager.kubeconfig
spawn kube-controller-manager "$bin/kube-controller-manager" --kubeconfig "$manager" --authentication-kubeconfig "$manager" --authorization-kubeconfig "$manager" \
  --bind-address 127.0.0.1 --secure-port "$manager_port" --leader-elect=false --use-service-account-credentials \
  --service-account-private-key-file "$pki/sa.key" --root-ca-file "$pki/ca.crt" \
  --cluster-signing-cert-file "$pki/ca.crt" --cluster-signing-key-file "$pki/ca.key" \
  --kube-api-qps 400 --kube-api-burst 800 --enable-hostpath-provisioner
scheduler=$dir/kubeconfigs/system_kube-scheduler.kubeconfig
spawn kube-scheduler "$bin/kube-scheduler" --kubeconfig "$scheduler" --authentication-kubeconfig "$scheduler" --authorization-kubeconfig "$scheduler" \
  --bind-address 127.0.0.1 --secure-port "$scheduler_port" --leader-elect=false --kube-api-qps 400 --kube-api-burst 800
export KUBECONFIG=$dir/kubeconfigs/admin.kubeconfig
if [ "$kwok_nodes" -gt 0 ]; then
  spawn kwok "$bin/kwok" --kubeconfig "$dir/kubeconfigs/kwok.kubeconfig" --manage-all-nodes=false --manage-nodes-with-label-selector type=kwok \
    --cidr 10.77.0.0/16 --node-ip 10.76.0.1 --node-lease-duration-seconds 40 --server-address "127.0.0.1:$kwok_port" --config "$here/kwok/stages.yaml"
  {
    cat "$here/kwok/storage.yaml" "$here/kwok/faults.yaml"
    for ((i = 0; i < kwok_nodes; i++)); do echo ---; sed "s/NODE_NAME/kwok-$i/g" "$here/kwok/node.yaml"; done
  } | kubectl apply --server-side --force-conflicts -f - >/dev/null
fi
wait_for 60 "kube-controller-manager ready" kube-controller-manager answers "https://127.0.0.1:$manager_port/healthz"
wait_for 60 "kube-scheduler ready" kube-scheduler answers "https://127.0.0.1:$scheduler_port/healthz"
[ "$kwok_nodes" = 0 ] || wait_for 60 "$kwok_nodes simulated node(s) Ready" kwok kubectl wait --for=condition=Ready node -l type=kwok --timeout=1s
wait_for 30 "namespace default usable" kube-controller-manager kubectl -n default get serviceaccount default
if [ "$kwok_nodes" -gt 0 ]; then   # a new policy takes effect a little later: ask in a namespace nobody uses
  kubectl annotate --overwrite namespace kube-public sim/probe=on >/dev/null
  faults_work() { kubectl -n kube-public run probe --image=none --dry-run=server -o yaml | grep -q sim/probe; }
  wait_for 30 "fault annotations work" kube-apiserver faults_work
fi

pid_of() { if alive "$dir/run/$1.pid"; then cut -d' ' -f1 "$dir/run/$1.pid"; else echo null; fi; }
jq -n --arg name "$name" --arg dir "$dir" --arg server "$server" --arg version "$("$bin/kube-apiserver" --version)" --arg bin "$bin" \
  --arg simulated "$kwok_nodes" --argjson realNode "$for_node" \
  --argjson pids "$(for n in etcd kube-apiserver kube-controller-manager kube-scheduler kwok; do printf '{"%s": %s}\n' "$n" "$(pid_of $n)"; done | jq -s add)" \
  '{name: $name, dir: $dir, server: $server, version: ($version | ltrimstr("Kubernetes ")), ca: "\($dir)/pki/ca.crt",
    kubeconfig: "\($dir)/kubeconfigs/admin.kubeconfig", kubeconfigs: "\($dir)/kubeconfigs", auditLog: "\($dir)/audit.log", logs: "\($dir)/log",
    bin: $bin, simulatedNodes: ($simulated | tonumber), realNode: $realNode, pids: $pids}' >"$dir/cluster.json.new"
mv "$dir/cluster.json.new" "$dir/cluster.json"
say "cluster $name usable    $dir/cluster.json"
echo "export KUBECONFIG=$KUBECONFIG"

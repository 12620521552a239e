#!/usr/bin/env bash
# user-kubeconfig.sh [--name CLUSTER] [--server URL] USER [GROUP]...  - signs a client certificate for a user and prints the path of its kubeconfig.
# What the user may do is RBAC's matter. Safe to repeat: the certificate is made once, for the same groups.
. "$(dirname "$0")/env.sh"
name=dev server=
while [[ ${1:-} == --* ]]; do
  case $1 in --name) name=$2;; --server) server=$2;; *) die "unknown option $1";; esac
  shift 2
done
[ $# -gt 0 ] || die "usage: user-kubeconfig.sh [--name CLUSTER] USER [GROUP]..."
user=$1; shift
[[ $user =~ ^[-a-zA-Z0-9:._@]+$ ]] || die "a user's name is letters, digits and -:._@ : '$user'"
dir=$(cluster_dir "$name"); pki=$dir/pki file=${user//:/_} subject=
server=${server:-$(jq -er .server "$dir/cluster.json")} || die "cluster $name was never started"
for group in "$@"; do subject+="/O=$group"; done
subject+=/CN=$user
if [ "$(cat "$pki/$file.subject" 2>/dev/null)" != "$subject" ]; then
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$pki/$file.key" 2>/dev/null
  openssl req -new -key "$pki/$file.key" -subj "$subject" | openssl x509 -req -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -set_serial "0x$(openssl rand -hex 8)" \
    -days 3650 -extfile <(echo extendedKeyUsage=clientAuth) -out "$pki/$file.crt" 2>/dev/null
  echo "$subject" >"$pki/$file.subject"
fi
mkdir -p "$dir/kubeconfigs"
(umask 077; cat >"$dir/kubeconfigs/$file.kubeconfig.new") <<KUBECONFIG
apiVersion: v1
kind: Config
clusters: [{name: $name, cluster: {server: "$server", certificate-authority-data: $(base64 -w0 <"$pki/ca.crt")}}]
users: [{name: "$user", user: {client-certificate-data: $(base64 -w0 <"$pki/$file.crt"), client-key-data: $(base64 -w0 <"$pki/$file.key")}}]
contexts: [{name: $name, context: {cluster: $name, user: "$user"}}]
current-context: $name
KUBECONFIG
mv "$dir/kubeconfigs/$file.kubeconfig.new" "$dir/kubeconfigs/$file.kubeconfig"
echo "$dir/kubeconfigs/$file.kubeconfig"

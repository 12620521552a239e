#!/usr/bin/env bash
# volumes.sh [N]  - N blank volumes on the real node (default 24) and their default StorageClass "local"; again: blanks the released ones.
# Local volumes honour fsGroup; the host-path provisioner's belong to root, and a non-root Pod cannot write to those.
. "$(dirname "$0")/env.sh"
need_root
dir=$(cluster_dir "$node_cluster")
export KUBECONFIG=$dir/kubeconfigs/admin.kubeconfig
volumes=$node_home/volumes count=${1:-24}
phases=$(kubectl get pv -o jsonpath='{range .items[*]}{.metadata.name}={.status.phase} {end}')
released=$(tr ' ' '\n' <<<"$phases" | sed -n 's/^\(vol-[0-9]*\)=\(Released\|Failed\)$/\1/p')
# shellcheck disable=SC2086
[ -z "$released" ] || kubectl delete pv $released >/dev/null
{
  echo '{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: local, annotations: {storageclass.kubernetes.io/is-default-class: "true"}},
    provisioner: kubernetes.io/no-provisioner, volumeBindingMode: WaitForFirstConsumer}'
  for number in $(seq -w "$count"); do
    name=vol-$number
    [[ " $phases" == *" $name=Bound "* || " $phases" == *" $name=Available "* ]] && continue
    rm -rf "${volumes:?}/$name"; mkdir -p "$volumes/$name"
    echo ---
    echo "{apiVersion: v1, kind: PersistentVolume, metadata: {name: $name}, spec: {capacity: {storage: 20Gi}, accessModes: [ReadWriteOnce],
      persistentVolumeReclaimPolicy: Retain, storageClassName: local, local: {path: $volumes/$name},
      nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$node_name]}]}]}}}}"
  done
} | kubectl apply --server-side --force-conflicts -f - >/dev/null
say "$count local volumes"

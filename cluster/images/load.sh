#!/usr/bin/env bash
# images/load.sh  - imports the image archives of the cache into the node's containerd, each once; does nothing while the node is down.
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/env.sh"
dir=$(cluster_dir "$node_cluster")
alive "$dir/run/containerd.pid" || { echo "the node does not run: images are loaded when it starts"; exit 0; }
for archive in "$image_home"/{pause,kolla,guest,operator}-*.tar; do
  [ -f "$archive" ] || continue
  mark=$node_home/containerd/.loaded-$(basename "$archive" .tar)
  [ ! -f "$mark" ] || continue
  /usr/bin/ctr -a "$containerd_sock" -n k8s.io images import "$archive" >/dev/null || die "could not import $archive"
  touch "$mark"
  say "imported $(basename "$archive")"
done

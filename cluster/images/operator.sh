#!/usr/bin/env bash
# images/operator.sh BUNDLE_DIR  - the operator's own image, openstack-operator:dev, from a folder that holds operator.js; loads it if the node runs.
# No shell and no package manager: the C library, certificates, time zones, Node, and the bundle at /app, run by a user without rights.
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/env.sh"
need_root
images=$here/images bundle=${1:?usage: operator.sh BUNDLE_DIR}
[ -f "$bundle/operator.js" ] || die "$bundle has no operator.js"
"$here/deps.sh" images
mkdir -p "$image_home"
exec 8>"$image_home/.lock"; flock 8

case $(uname -m) in x86_64) machine=x64;; aarch64) machine=arm64;; *) die "no Node for $(uname -m)";; esac
node=$here/../node_modules/node-linux-$machine/bin/node
[ -x "$node" ] || node=$(node -p process.execPath)
node=$(realpath "$node")
case $("$node" --version) in v24.*) ;; *) echo "note: $node is $("$node" --version), the image is meant to have v24" >&2;; esac

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
layer() { tar -C "$work/$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$2.new" . && mv "$2.new" "$2"; }
base=$image_home/base-$(sha256sum <"$images/operator-rootfs.sh" | cut -c1-16).tar
if [ ! -f "$base" ]; then
  say "making the operator's root file system; log: $image_home/base.log"
  "$images/operator-rootfs.sh" make "$base.new.tar" >"$image_home/base.log" 2>&1 || { tail_of "$image_home/base.log"; die "could not make it"; }
  mv "$base.new.tar" "$base"
  find "$image_home" -name 'base-*.tar' ! -path "$base" -delete
fi
runtime=$image_home/nodejs-$("$node" --version)-$(stat -c %s-%Y "$node").tar
if [ ! -f "$runtime" ]; then
  mkdir -p "$work/node/usr/local/bin"
  install -m 755 "$node" "$work/node/usr/local/bin/node"
  layer node "$runtime"
  find "$image_home" -name 'nodejs-*.tar' ! -path "$runtime" -delete
fi
entrypoint=$(sed -n 's/^ENTRYPOINT //p' "$here/../Dockerfile")
key=$({ echo "$entrypoint"; cat "$0" "$images/mkimage.py"; echo "$base $runtime"; cd "$bundle" && find . -type f | LC_ALL=C sort | xargs -d '\n' sha256sum; } | sha256sum | cut -c1-16)
image=$image_home/operator-$key.tar
if [ ! -f "$image" ]; then
  mkdir -p "$work/app/app"
  cp -rL "$bundle/." "$work/app/app/"; chmod -R u=rwX,go=rX "$work/app"
  layer app "$work/app.tar"
  jq -n --argjson entrypoint "$entrypoint" --arg base "$base" --arg node "$runtime" --arg app "$work/app.tar" \
    '[{names: ["docker.io/library/openstack-operator:dev"], layers: [$base, $node, $app],
      config: {User: "65532:65532", WorkingDir: "/app", Entrypoint: $entrypoint,
        Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "NODE_ENV=production"]}}]' | "$images/mkimage.py" "$image"
  find "$image_home" -name 'operator-*.tar' ! -path "$image" -delete
  say "made $image"
fi
flock -u 8
"$images/load.sh"

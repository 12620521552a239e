#!/usr/bin/env bash
# images/build.sh [--pause|--guest]  - makes the pause image and (unless --pause) the Kolla look-alikes as archives in the cache; with --guest also those with libvirt. Nothing while the recipe is unchanged.
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/env.sh"
need_root
images=$here/images tag=2025.1-ubuntu-noble prefix=quay.io/openstack.kolla
"$here/deps.sh" images
mkdir -p "$image_home"
exec 8>"$image_home/.lock"; flock 8
hash_of() { cat "$@" | sha256sum | cut -c1-16; }
lines() { sed 's/#.*//; /^ *$/d' "$1"; }

pause=$image_home/pause-$(hash_of "$0" "$images/mkimage.py" "$images/pause.c").tar
if [ ! -f "$pause" ]; then
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  gcc -Os -static -s -o "$work/pause" "$images/pause.c"
  tar -C "$work" --owner=0 --group=0 --mtime=@0 -cf "$work/layer.tar" pause
  jq -n --arg layer "$work/layer.tar" '[{names: ["openstack-operator.dev/pause:1"], layers: [$layer], config: {User: "65535:65535", Entrypoint: ["/pause"]}}]' | "$images/mkimage.py" "$pause"
  find "$image_home" -name 'pause-*.tar' ! -path "$pause" -delete
  say "made $pause"
fi

[ "${1:-}" != --pause ] || exit 0

rootfs=$image_home/rootfs-$(hash_of "$images"/{packages,users,rootfs.sh} "$images"/kolla/*).tar
if [ ! -f "$rootfs" ]; then
  say "making the root file system from Debian's packages (some minutes); log: $image_home/rootfs.log"
  for try in 1 2 3; do
    if "$images/rootfs.sh" make "$rootfs.new.tar" >"$image_home/rootfs.log" 2>&1; then break; fi
    rm -f "$rootfs.new.tar"
    tail_of "$image_home/rootfs.log" 15
    if [ "$try" = 3 ] || ! grep -qiE 'failed to fetch|temporary failure|timed out|could not connect|hash sum mismatch' "$image_home/rootfs.log"; then
      die "could not make the root file system"
    fi
  done
  mv "$rootfs.new.tar" "$rootfs"
  find "$image_home" -name 'rootfs-*.tar' ! -path "$rootfs" -delete
  say "made $rootfs ($(du -m "$rootfs" | cut -f1) MiB)"
fi

# images_of NAMES LAYER...: the list for mkimage.py
images_of() {
  local names=$1; shift
  lines "$names" | while read -r name user entrypoint; do
    jq -n --arg name "$prefix/$name:$tag" --arg user "${user#root}" --arg entrypoint "$entrypoint" \
      '{names: [$name], layers: $ARGS.positional, config: {User: $user, Cmd: ["kolla_start"],
        Entrypoint: (["dumb-init"] + if $entrypoint == "single" then ["--single-child"] else [] end + ["--"]),
        Env: ["PATH=/var/lib/kolla/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "KOLLA_BASE_DISTRO=ubuntu", "KOLLA_BASE_ARCH=\($ENV.HOSTTYPE // "x86_64")"]}}' --args "$@"
  done | jq -s .
}
# archive KIND KEY NAMES LAYER...: makes it where it is not there, and takes away older ones of the kind
archive() {
  local kind=$1 file=$image_home/$1-$2.tar names=$3; shift 3
  [ ! -f "$file" ] || return 0
  images_of "$names" "$@" | "$images/mkimage.py" "$file"
  find "$image_home" -name "$kind-*.tar" ! -path "$file" -delete
  say "made $file: $(lines "$names" | cut -d' ' -f1 | paste -sd' ')"
}

kolla=$(hash_of "$0" "$images"/{mkimage.py,names} <(basename "$rootfs"))
archive kolla "$kolla" "$images/names" "$rootfs"

[ "${1:-}" = --guest ] || exit 0

layer=$image_home/libvirt-$(hash_of "$images"/{guest.sh,guest-init} "$images"/*.guest <(basename "$rootfs")).tar
if [ ! -f "$layer" ]; then
  say "making the layer with libvirt; log: $image_home/libvirt.log"
  "$images/guest.sh" "$rootfs" "$layer.new.tar" >"$image_home/libvirt.log" 2>&1 || { tail_of "$image_home/libvirt.log" 15; die "could not make the layer with libvirt"; }
  mv "$layer.new.tar" "$layer"
  find "$image_home" -name 'libvirt-*.tar' ! -path "$layer" -delete
  say "made $layer ($(du -m "$layer" | cut -f1) MiB)"
fi
archive guest "$(hash_of "$images/names.guest" <(echo "$kolla") <(basename "$layer"))" "$images/names.guest" "$rootfs" "$layer"

#!/bin/sh
# operator-rootfs.sh make OUT.tar  - the root file system below the operator: unpacked Debian packages, no shell, no package manager.
set -eu
step=$1 root=$2
packages=base-files,libc6,libgcc-s1,libstdc++6,ca-certificates,tzdata

if [ "$step" = make ]; then
  exec mmdebstrap --quiet --variant=extract --mode=root --include="$packages" --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --extract-hook="'$0' late \"\$1\"" trixie "$root"
fi

# What the packages' scripts would have done
mkdir -p "$root/etc/ssl/certs" "$root/home/nonroot" "$root/tmp"
find "$root/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | xargs cat >"$root/etc/ssl/certs/ca-certificates.crt"
printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
chown 65532:65532 "$root/home/nonroot"; chmod 1777 "$root/tmp"
rm -rf "$root/var/cache/apt" "$root/var/lib/apt" "$root/var/lib/dpkg" "$root/var/log"
test -e "$root/lib64/ld-linux-x86-64.so.2" || test -e "$root/lib/ld-linux-aarch64.so.1"
test -s "$root/etc/ssl/certs/ca-certificates.crt"

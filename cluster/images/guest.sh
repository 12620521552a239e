#!/bin/sh
# guest.sh BASE.tar OUT.tar  - what nova-libvirt and nova-compute have beyond the root file system that all images share: a layer to lie on it.
# In /usr/share/guest is what a server boots: Debian's kernel, and an initrd that says on its console what it sees.
set -eu
here=$(dirname "$0") base=$1 out=$2
work=$(mktemp -d -p "$(dirname "$out")")
lines() { sed 's/#.*//; /^ *$/d' "$here/$1"; }
done_with() { for mount in root/proc root/dev root; do umount "$work/$mount" 2>/dev/null || true; done; rm -rf --one-file-system "$work"; }
trap done_with EXIT
mkdir "$work/base" "$work/layer" "$work/overlay" "$work/root"
tar -C "$work/base" -xf "$base"
mount -t overlay guest -o "lowerdir=$work/base,upperdir=$work/layer,workdir=$work/overlay" "$work/root"
mount -t proc proc "$work/root/proc"
mount --bind /dev "$work/root/dev"
cat /etc/resolv.conf >"$work/root/etc/resolv.conf"
install -m 755 "$here/guest-init" "$work/root/root/init"
lines users.guest | while read -r name id home; do   # before Debian's packages make them by other numbers
  echo "$name:x:$id:$id::$home:/usr/sbin/nologin" >>"$work/root/etc/passwd"
  echo "$name:x:$id:" >>"$work/root/etc/group"
done
chroot "$work/root" env DEBIAN_FRONTEND=noninteractive PACKAGES="$(lines packages.guest | paste -sd' ')" sh -eu <<'S'
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
apt-get -qq -o Acquire::Retries=3 update
apt-get -qq -y -o DPkg::Use-Pty=0 install --reinstall debconf   # its Perl was left out below
# shellcheck disable=SC2086
apt-get -qq -y -o Acquire::Retries=3 -o APT::Install-Recommends=false -o DPkg::Use-Pty=0 \
  -o DPkg::Options::=--path-exclude=/usr/share/doc/* -o DPkg::Options::=--path-exclude=/usr/share/man/* -o DPkg::Options::=--path-exclude=/usr/share/locale/* install $PACKAGES
rm /usr/sbin/policy-rc.d
usermod -a -G qemu,kvm nova
rm -f /etc/libvirt/qemu/networks/autostart/* /etc/libvirt/qemu/networks/*.xml
# as Kolla's image starts it
cat >/usr/local/bin/kolla_nova_libvirt_start <<'U'
#!/bin/bash
set -o errexit -o nounset -o pipefail
/usr/sbin/virtlogd &
exec /usr/sbin/libvirtd --listen
U
chmod 755 /usr/local/bin/kolla_nova_libvirt_start

# --- the server: the kernel that Debian's metapackage names, and the modules of its network card ---
cd /tmp
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: //p')
apt-get -q download "$kernel"; dpkg-deb -x "$kernel"_*.deb kernel
mkdir -p /usr/share/guest initrd/bin initrd/modules
cp kernel/boot/vmlinuz-* /usr/share/guest/vmlinuz
cp /bin/busybox initrd/bin/; mv /root/init initrd/init
for name in failover net_failover virtio_net; do
  find kernel -name "$name.ko*" | while read -r file; do
    case $file in *.xz) xz -dc "$file" >"initrd/modules/$name.ko";; *) cp "$file" "initrd/modules/$name.ko";; esac
  done
done
(cd initrd; find . | busybox cpio -o -H newc 2>/dev/null | gzip -9 >/usr/share/guest/initrd)
rm -rf /tmp/* /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*.log /var/log/apt
for file in /usr/sbin/libvirtd /usr/sbin/virtlogd /usr/bin/virsh /usr/bin/qemu-system-x86_64 /usr/bin/qemu-img /usr/share/guest/vmlinuz /usr/share/guest/initrd; do
  test -e "$file" || { echo "missing: $file" >&2; exit 1; }
done
/var/lib/kolla/venv/bin/python3 -c 'import libvirt'
S
for mount in proc dev; do umount "$work/root/$mount"; done
umount "$work/root"
rm -rf "$work/layer/dev" "$work/layer/proc" "$work/layer/etc/resolv.conf"
# what is deleted: overlayfs knows it by a device 0:0, a layer by a name
find "$work/layer" -type c | while read -r file; do rm "$file"; : >"$(dirname "$file")/.wh.$(basename "$file")"; done
tar -C "$work/layer" --sort=name -cf "$out" .

#!/bin/sh
# rootfs.sh make OUT.tar  - the root file system that the Kolla look-alikes share: Debian's packages, keeping Kolla's contract.
# Whatever is only Debian's packaging is mended here, so that the operator has one truth.
# (mmdebstrap calls it back: "early ROOT" before the packages, "late ROOT" after them.)
set -eu
step=$1 root=$2
here=$(dirname "$0")
lines() { sed 's/#.*//; /^ *$/d' "$here/$1"; }

if [ "$step" = make ]; then
  exec mmdebstrap --quiet --variant=minbase --mode=root --include="$(lines packages | paste -sd,)" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook="'$0' early \"\$1\"" --customize-hook="'$0' late \"\$1\"" trixie "$root"
fi

if [ "$step" = early ]; then   # with the users there, Debian's packages take them as they are
  echo kolla:x:42400: >>"$root/etc/group"
  lines users | while read -r name id; do
    echo "$name:x:$id:$id::/var/lib/$name:/usr/sbin/nologin" >>"$root/etc/passwd"
    echo "$name:x:$id:" >>"$root/etc/group"
    sed -i "/^kolla:/s/\(:\|[^:]\)\$/\1,$name/; /^kolla:/s/:,/:/" "$root/etc/group"
  done
  exit
fi

install -m 755 "$here"/kolla/* "$root/usr/local/bin/"
chroot "$root" sh -eu <<'S'
# Debian calls it memcache
if id memcache >/dev/null 2>&1; then userdel memcache; fi

# nova-compute without what it depends on: python3-nova has the code, the fake driver needs nothing else
(cd /tmp; apt-get -q download nova-compute; dpkg-deb -x nova-compute_*.deb nova-compute; cp nova-compute/usr/bin/nova-compute /usr/bin/; cp -r nova-compute/etc/nova/rootwrap.d /etc/nova/; rm -r nova-compute*)

# --- the virtual environment: Debian's Python packages seen from Kolla's place ---
venv=/var/lib/kolla/venv
python3 -m venv --system-site-packages --without-pip "$venv"
python3 - "$venv/bin" <<'P'
import importlib.metadata, os, re, sys
for group in "console_scripts", "wsgi_scripts":
    for script in importlib.metadata.entry_points(group=group):
        source, target = f"/usr/bin/{script.name}", f"{sys.argv[1]}/{script.name}"
        if os.path.exists(source) and not os.path.exists(target):
            text = open(source, "rb").read()
            if re.match(rb"#! ?/usr/bin/python3\n", text):
                open(target, "wb").write(b"#!" + sys.argv[1].encode() + b"/python3\n" + text.split(b"\n", 1)[1])
                os.chmod(target, 0o755)
P
for script in keystone-wsgi-public; do   # pbr's, without an entry point
  [ -e "$venv/bin/$script" ] || ! [ -e "/usr/bin/$script" ] || ln -s "/usr/bin/$script" "$venv/bin/$script"
done
# pip's uwsgi has Python built in; Debian's loads it as a plugin
cat >"$venv/bin/uwsgi" <<'U'
#!/bin/sh
exec /usr/bin/uwsgi-core --plugins-dir /usr/lib/uwsgi/plugins --plugin python3 "$@"
U
chmod 755 "$venv/bin/uwsgi"

# --- directories ---
mkdir -p /var/lib/kolla/config_files /var/log/kolla /var/log/kolla/openvswitch
chown root:kolla /var/log/kolla; chmod 2775 /var/log/kolla
for name in ansible glance keystone memcached mysql neutron nova openvswitch placement rabbitmq; do
  mkdir -p "/var/lib/$name"; chown "$name:$name" "/var/lib/$name"
  find "/var/lib/$name" -mindepth 1 -delete   # data that Debian's packages made
done
# Kolla's /etc/keystone has no settings of its own
rm -rf /etc/keystone/keystone.conf /etc/keystone/keystone-uwsgi.ini /etc/keystone/policy.d /etc/keystone/ssl
chown -R keystone:keystone /etc/keystone
# of the others' /etc what their sources have, but no settings
for name in glance neutron nova placement; do
  find "/etc/$name" -type f ! -name '*paste.ini' ! -name rootwrap.conf ! -path '*/rootwrap.d/*' ! -path '*/metadefs/*' -delete
  find "/etc/$name" -mindepth 1 -type d -empty -delete
  chown -R "$name:$name" "/etc/$name"
done
find /etc/rabbitmq -mindepth 1 -delete; chown rabbitmq:rabbitmq /etc/rabbitmq
rm -f /etc/mysql/my.cnf; rm -rf /etc/mysql/mariadb.conf.d /etc/mysql/conf.d /etc/mysql/debian.cnf /etc/mysql/debian-start
printf '[mariadbd]\n' >/etc/mysql/my.cnf; chown -R mysql:mysql /etc/mysql
cat >/etc/sudoers.d/kolla <<'U'
Defaults secure_path = /var/lib/kolla/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
%kolla ALL=(root) NOPASSWD: SETENV: /usr/local/bin/kolla_set_configs, /usr/local/bin/kolla_copy_cacerts, /usr/local/bin/kolla_install_projects
U
for name in glance neutron nova; do   # Debian's allow the programs at Debian's place
  sed -i 's|/usr/bin/|/var/lib/kolla/venv/bin/|' /etc/sudoers.d/*"$name"*
  sed -i 's|^exec_dirs=|exec_dirs=/var/lib/kolla/venv/bin,|' "/etc/$name/rootwrap.conf"
done
sed -i '/privsep-helper/d' /etc/sudoers.d/*   # by rootwrap only
chmod 440 /etc/sudoers.d/*
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/*.log /var/log/apt /usr/share/perl5/Debconf 2>/dev/null || true
for name in glance keystone mysql neutron nova openvswitch ovn placement rabbitmq; do rm -rf "/var/log/$name"; done

# --- the contract, checked ---
test "$(id -u mysql):$(id -g memcached):$(id -u keystone):$(id -u nova):$(id -g rabbitmq)" = 42434:42457:42425:42436:42439
for name in keystone nova rabbitmq; do id -nG "$name" | grep -qw kolla; done
for file in /usr/bin/memcached /usr/bin/mariadb /usr/bin/mariadb-install-db /usr/bin/mariadb-admin /usr/sbin/mariadbd /usr/bin/dumb-init \
  /usr/lib/rabbitmq/bin/rabbitmq-server /usr/sbin/rabbitmq-diagnostics /usr/sbin/ovsdb-server /usr/bin/ovsdb-tool /usr/bin/ovsdb-client /usr/bin/ovs-appctl \
  /usr/bin/ovn-northd /usr/bin/ovn-appctl /usr/bin/ovn-nbctl /usr/bin/ovn-controller /usr/sbin/ovs-vswitchd /usr/bin/ovs-vsctl /usr/bin/ovs-dpctl /usr/sbin/modprobe /usr/sbin/haproxy $venv/bin/python3 $venv/bin/uwsgi $venv/bin/keystone-manage $venv/bin/keystone-wsgi-public $venv/bin/openstack \
  $venv/bin/glance-manage $venv/bin/glance-api $venv/bin/placement-manage $venv/bin/neutron-db-manage $venv/bin/neutron-periodic-workers \
  $venv/bin/neutron-ovn-maintenance-worker $venv/bin/neutron-ovn-metadata-agent $venv/bin/neutron-rootwrap $venv/bin/nova-rootwrap $venv/bin/privsep-helper $venv/bin/nova-manage $venv/bin/nova-conductor $venv/bin/nova-scheduler $venv/bin/nova-novncproxy $venv/bin/nova-compute; do
  test -x "$file" || { echo "missing: $file" >&2; exit 1; }
done
"$venv/bin/python3" - <<'P'
import importlib.util, sys
import keystone.cmd.manage, pymysql, memcache, openstackclient, osc_placement, ovs
assert sys.prefix == "/var/lib/kolla/venv"
for application in "keystone.wsgi.api", "placement.wsgi.api", "neutron.wsgi.api", "nova.wsgi.osapi_compute", "nova.wsgi.metadata":
    assert importlib.util.find_spec(application), application
P
S

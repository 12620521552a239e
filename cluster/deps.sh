#!/usr/bin/env bash
# deps.sh [cluster|node|images|browser|values]...  - installs the Debian packages that are missing for these parts (default: cluster).
. "$(dirname "$0")/env.sh"

packages() {
  case $1 in
    browser) echo chromium fonts-dejavu-core;;
    cluster) echo openssl curl jq util-linux iproute2 ca-certificates;;
    node) echo openssl curl jq iproute2 runc containerd containernetworking-plugins iptables conntrack;;
    images) echo mmdebstrap debian-archive-keyring gcc libc6-dev python3 jq util-linux;;
    go) echo golang-go;;
    values) echo mariadb-server-core mariadb-client-core python3-venv util-linux;;
    *) die "unknown part '$1'";;
  esac
}

missing=()
[ $# -gt 0 ] || set -- cluster
for part in "$@"; do
  for package in $(packages "$part"); do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0

[ "$(id -u)" = 0 ] || die "needs root to install: ${missing[*]}"
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
for try in 1 2 3; do
  if apt-get -qq -o Acquire::Retries=3 update \
    && apt-get -qq -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 install --no-install-recommends "${missing[@]}" >/dev/null; then
    exit 0
  fi
  echo "apt-get failed (try $try of 3)" >&2; sleep $((try * 5))
done
die "could not install: ${missing[*]}"

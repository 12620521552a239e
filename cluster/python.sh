#!/usr/bin/env bash
# python.sh  - makes the Python environment with what OpenStack 2025.1 reads its settings with, and prints where its python is.
. "$(dirname "$0")/env.sh"
wanted=$here/../test/values/requirements.txt
home=$oso_home/python/$(sha256sum "$wanted" | cut -c 1-16)

mkdir -p "$oso_home/python"
exec 9>"$oso_home/python/lock"
flock 9
if [ ! -f "$home/complete" ]; then
  say "making $home" >&2
  rm -rf "$home"
  /usr/bin/python3 -m venv "$home" >&2
  "$home/bin/pip" install --quiet --disable-pip-version-check --no-input --retries 5 --timeout 60 --no-deps \
    --requirement "$wanted" >&2 || die "could not install $wanted"
  touch "$home/complete"
fi
echo "$home/bin/python"

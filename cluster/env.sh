# shellcheck shell=bash disable=SC2034,SC2154
# Settings and small functions that every script here sources; it starts nothing by itself.
set -euo pipefail
here=${here:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}
oso_home=${XDG_CACHE_HOME:-$HOME/.cache}/openstack-operator   # everything that outlives a run; never the repository
bin=$oso_home/bin
clusters=$oso_home/clusters                                   # one directory for each cluster
node_cluster=node                                             # the cluster that has this machine as its node

# The real node: a bridge of its own, with the API server, the kubelet and DNS on the bridge's address.
bridge=oso0
node_name=node1
node_ip=10.88.0.1
pod_cidr=10.88.0.0/24
service_cidr=10.96.0.0/16
node_home=$oso_home/node                                      # the node's containers, volumes and settings
containerd_run=/run/openstack-operator
containerd_sock=$containerd_run/containerd.sock
image_home=$oso_home/images
export PATH=$bin:$PATH

t0=${EPOCHREALTIME/,/.}
elapsed() { awk -v a="${EPOCHREALTIME/,/.}" -v b="$t0" 'BEGIN{printf "%.1f", a-b}'; }
say() { printf '+%6s s  %s\n' "$(elapsed)" "$*"; }
die() { echo "error: $*" >&2; exit 1; }
need_root() { [ "$(id -u)" = 0 ] || die "$(basename "$0") needs root"; }
tail_of() { [ ! -f "$1" ] || { echo "--- last lines of $1" >&2; tail -n "${2:-25}" "$1" >&2; }; }

# cluster_dir NAME: checks the name and prints the directory that holds all of that cluster's state.
cluster_dir() {
  [[ $1 =~ ^[a-z0-9][-a-z0-9]{0,30}$ ]] || die "a cluster's name is lower-case letters, digits and '-': '$1'"
  echo "$clusters/$1"
}

# A pid file holds "pid start-time": a number that the kernel has given to another process since is not ours.
started_at() { awk '{sub(/^.*\) /, ""); print $20}' "/proc/$1/stat" 2>/dev/null; }
alive() { # pid-file
  local pid at
  [ -f "$1" ] && read -r pid at <"$1" && [ -n "$at" ] && [ "$(started_at "$pid")" = "$at" ] && ! is_zombie "$pid"
}
is_zombie() { grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }

# spawn NAME CMD...: starts a daemon unless it runs; uses $dir/run and $dir/log.
spawn() {
  local name=$1 pid; shift
  mkdir -p "$dir/run" "$dir/log"
  if alive "$dir/run/$name.pid"; then return; fi
  setsid nohup "$@" >"$dir/log/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  echo "$pid $(started_at "$pid")" >"$dir/run/$name.pid"
}

# wait_for SECONDS WHAT DAEMON CMD...: until CMD succeeds; shows the daemon's log when it dies or time runs out.
wait_for() {
  local seconds=$1 what=$2 daemon=$3 end; shift 3
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if [ -n "$daemon" ] && [ -f "$dir/run/$daemon.pid" ] && ! alive "$dir/run/$daemon.pid"; then
      tail_of "$dir/log/$daemon.log"; die "$daemon ended while waiting for $what"
    fi
    if [ "$SECONDS" -ge "$end" ]; then
      [ -z "$daemon" ] || tail_of "$dir/log/$daemon.log"
      die "no $what after $seconds s: $*"
    fi
    sleep 0.05
  done
  say "$what"
}

# end GRACE NAME...: asks all of them to end at once, kills what is left after GRACE seconds.
end() {
  local grace=$1 name file pid ended=() until; shift
  for name in "$@"; do
    file=$dir/run/$name.pid
    if alive "$file"; then read -r pid _ <"$file"; kill "$pid" 2>/dev/null || true; ended+=("$name"); fi
  done
  until=$((SECONDS + grace))
  for name in "${ended[@]}"; do
    file=$dir/run/$name.pid
    while alive "$file" && [ "$SECONDS" -lt "$until" ]; do sleep 0.05; done
    if alive "$file"; then
      read -r pid _ <"$file"; kill -9 "$pid" 2>/dev/null || true
      while alive "$file"; do sleep 0.05; done
    fi
    say "stopped $name"
  done
  for name in "$@"; do rm -f "$dir/run/$name.pid"; done
}

#!/usr/bin/env bash
# build.sh [cluster|node]...  - finds or builds the binaries of the control plane (and of the node) and puts them into the cache.
# A control-plane binary of the wanted Kubernetes version in $KUBEBUILDER_ASSETS or on PATH is used as it is; all else is built by the
# Go client from the pinned modules in go/. A stamp beside each binary says what it was made from: nothing is done while that holds.
path=$PATH
. "$(dirname "$0")/env.sh"
control_plane="etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok"
node="kubelet kube-proxy coredns"
version=$(awk '$1 == "require" {sub(/^require /, "")} $1 == "k8s.io/kubernetes" {print $2; exit}' "$here/go/kubernetes/go.mod")
minor=${version#v1.}; minor=${minor%%.*}
go_version=1.26.8

# The folder of modules, the package and the linker flags of one command.
recipe() {
  local p=k8s.io/component-base/version
  folder=$here/go/kubernetes flags="-s -w"
  case $1 in
    etcd) package=go.etcd.io/etcd/server/v3;;
    kwok) folder=$here/go/kwok package=sigs.k8s.io/kwok/cmd/kwok;;
    coredns) folder=$here/go/coredns package=.;;
    *) package=k8s.io/kubernetes/cmd/$1
      flags="-s -w -X $p.gitVersion=$version -X $p.gitMajor=1 -X $p.gitMinor=$minor -X $p.gitTreeState=clean -X $p.gitCommit=unknown -X $p.buildDate=1970-01-01T00:00:00Z";;
  esac
}

# Prints a binary made elsewhere that is new enough. etcd has a version of its own; the rest is always ours.
found() {
  local dir out
  while read -r -d: dir; do
    if [ ! -x "$dir/$1" ] || [ "$dir" = "$bin" ]; then continue; fi
    out=$("$dir/$1" --version 2>/dev/null || "$dir/$1" version --client 2>/dev/null) || continue
    case $1 in
      kwok | coredns | kubelet | kube-proxy) continue;;
      etcd) [[ $out =~ Version:\ 3\.([0-9]+) ]] || continue; [ "${BASH_REMATCH[1]}" -ge 6 ] || continue;;
      kubectl) [[ $out =~ v1\.([0-9]+) ]] || continue; [ "${BASH_REMATCH[1]}" -ge "$minor" ] || continue;;
      *) [[ $out =~ v1\.([0-9]+) ]] || continue; [ "${BASH_REMATCH[1]}" -eq "$minor" ] || continue;;
    esac
    echo "$dir/$1"; return 0
  done <<<"${KUBEBUILDER_ASSETS:+$KUBEBUILDER_ASSETS:}$path:"
  return 1
}

# Any Go can fetch the wanted one, which is a module too.
need_go() {
  local have dir
  command -v go >/dev/null || "$here/deps.sh" go
  have=$(go env GOVERSION); have=${have#go}
  [ "$(printf '%s\n' "$have" 1.26 | sort -V | head -1)" = 1.26 ] && return
  echo "go $have is too old: fetching $go_version"
  dir=$(cd / && GOTOOLCHAIN=local GOFLAGS='' go mod download -json "golang.org/toolchain@v0.0.1-go$go_version.linux-$(go env GOARCH)" \
    | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') || die "could not fetch go $go_version"
  mkdir -p "$oso_home/go-$go_version"; cp -r --no-preserve=mode "$dir/." "$oso_home/go-$go_version/"
  chmod +x "$oso_home/go-$go_version"/bin/* "$oso_home/go-$go_version"/pkg/tool/*/*
  export PATH=$oso_home/go-$go_version/bin:$PATH GOROOT=$oso_home/go-$go_version
}

build() {
  local start=$EPOCHREALTIME try
  need_go
  for try in 1 2 3; do   # the modules first: only a download is worth a second try
    (cd "$folder" && go list -deps "$package" >/dev/null) && break
    [ "$try" -lt 3 ] || die "could not fetch the modules of $1"
    sleep $((try * 5))
  done
  (cd "$folder" && go build -trimpath -ldflags "$flags" -o "$bin/.$1.new" "$package") || die "could not build $1"
  mv "$bin/.$1.new" "$bin/$1"
  awk -v n="$1" -v s="$start" -v e="$EPOCHREALTIME" -v b="$(stat -c %s "$bin/$1")" 'BEGIN{printf "built %-24s %6.1f s %6.1f MiB\n", n, e - s, b / 1048576}'
}

[ $# -gt 0 ] || set -- cluster
commands=
for part in "$@"; do
  case $part in cluster) commands+=" $control_plane";; node) commands+=" $node";; *) die "unknown part '$part'";; esac
done
mkdir -p "$bin"
exec 8>"$bin/.lock"; flock 8   # two builds at once would only halve each other
export CGO_ENABLED=0
for command in $commands; do
  recipe "$command"
  other=$(found "$command") || other=
  if [ -n "$other" ]; then
    [ "$(readlink "$bin/$command" || true)" = "$other" ] || { ln -sfn "$other" "$bin/$command"; echo "using $other"; }
    rm -f "$bin/.$command.stamp"; continue
  fi
  stamp=$({ echo "$flags $package"; cat "$folder/go.mod" "$folder/go.sum" "$0"; cat "$folder"/*.go 2>/dev/null || true; } | sha256sum)
  [ -x "$bin/$command" ] && [ "$(cat "$bin/.$command.stamp" 2>/dev/null)" = "$stamp" ] && continue
  [ ! -L "$bin/$command" ] || rm "$bin/$command"
  build "$command"
  echo "$stamp" >"$bin/.$command.stamp"
done

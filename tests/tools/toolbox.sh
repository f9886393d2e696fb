# shellcheck shell=bash
# Sourced by the installers beside it: where tools live, how one is installed
# exactly once, and how Debian's packages are asked for.

# Everything lands here, nothing globally; delete the folder to start afresh.
tools_dir="${CORNERSTORE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/cornerstore}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_QUIET=1

# Everything an installer reports goes to stderr: its stdout is its answer.
say() { printf '%s\n' "$*" >&2; }
die() { say "tests/tools/${0##*/}: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# apt_install PACKAGE…: installs Debian packages where that is allowed, else
# says which are wanted. One at a time, since installers run side by side.
apt_install() {
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    if have sudo && sudo -n true 2>/dev/null; then root=(sudo -n); fi
    [ ${#root[@]} -gt 0 ] || die "please install these packages first: $*"
  fi
  have apt-get || die "please install the equivalent of these Debian packages first: $*"
  mkdir -p "$tools_dir"
  (
    flock 8
    say "installing $* with apt-get"
    "${root[@]}" apt-get -qq update
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get -qq install -y --no-install-recommends "$@"
  ) 8>"$tools_dir/apt.lock" >&2
}

# install_once DIR FUNCTION: calls FUNCTION with DIR empty, unless an earlier
# call went through. The stamp is written last, so an interrupted install is
# made again; the lock makes a second caller wait for the first.
install_once() {
  local dir="$1" install="$2"
  mkdir -p "$(dirname "$dir")"
  exec 9>"$dir.lock"
  flock 9
  if [ ! -e "$dir/.complete" ]; then
    rm -rf "$dir"
    mkdir -p "$dir"
    "$install" "$dir" >&2
    touch "$dir/.complete"
  fi
  exec 9>&-
}

# make_venv DIR REQUIREMENT…: a Python virtual environment with these packages.
make_venv() {
  local dir="$1" python
  shift
  python="$("$here/python")"
  "$python" -m venv "$dir"
  "$dir/bin/pip" install --prefer-binary "$@"
}

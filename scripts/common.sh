# Shared by the scripts of this folder; source it, do not run it.
# shellcheck shell=bash

repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
program_name=${0##*/}

# Debian's own Python: the packages this project uses (numpy, scikit-learn) are there,
# while a `python3` found first in PATH may be another one.
# shellcheck disable=SC2034  # used by the scripts that source this file
python=/usr/bin/python3

say() { printf '%s: %s\n' "$program_name" "$*" >&2; }

die() {
  printf '%s: error: %s\n' "$program_name" "$1" >&2
  exit "${2:-1}"
}

usage_error() { die "$1 (try '$program_name --help')" 64; }

# as_root COMMAND...: run it as root, by sudo where needed
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "only root can run '$*', and there is no sudo"
  fi
}

build_directory() { printf '%s/build/%s\n' "$repository" "${1:-release}"; }

# configure PRESET [OPTION...]: prepares build/PRESET with the options of scripts/presets
configure() {
  local preset=$1 entries=$repository/scripts/presets/$1.cmake
  shift
  [[ -f $entries && $preset != base ]] || usage_error "no preset '$preset'"
  cmake -G Ninja -C "$entries" -S "$repository" -B "$(build_directory "$preset")" "$@" >/dev/null ||
    die "cmake could not configure preset '$preset'"
}

# The executable of a preset's build; the one place that knows where it lies.
partita_executable() { printf '%s/src/app/partita\n' "$(build_directory "${1:-release}")"; }

# The program to measure and to show: $PARTITA if set, else the release build, else PATH.
find_partita() {
  local built
  built=$(partita_executable release)
  if [[ -n ${PARTITA:-} ]]; then
    printf '%s\n' "$PARTITA"
  elif [[ -x $built ]]; then
    printf '%s\n' "$built"
  else
    command -v partita || die "no partita: run scripts/build first, or set PARTITA"
  fi
}

# Settings of Open MPI under which root and a machine with few cores may run any number of processes.
allow_any_mpirun() {
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  export OMPI_MCA_rmaps_base_oversubscribe=1
}

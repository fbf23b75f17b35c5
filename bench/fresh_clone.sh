#!/usr/bin/env bash
# A fresh clone in an empty environment: two runs of `make demo`, then `make test`; prints times.
#
#     bench/fresh_clone.sh [SOURCE]
#
# SOURCE is a repository that git can clone, by default the one this script lies in. The clone, an
# empty HOME and an empty folder for temporary files lie in a new folder, which goes at the end;
# KEEP=1 leaves it. TEST=0 leaves out `make test`. Nothing of the caller's environment is passed on
# but the path of programs and, for a machine behind a proxy of its own, the path of its CA
# certificates (SSL_CERT_FILE, PIP_CERT).
set -euo pipefail

source=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
place=$(mktemp -d "${TMPDIR:-/tmp}/adyton-fresh.XXXXXX")
clean() { [ "${KEEP:-0}" = 1 ] && echo "left: $place" || rm -rf "$place"; }
trap clean EXIT
mkdir "$place/user" "$place/temporary"

empty=(env -i "PATH=$PATH" "HOME=$place/user" "TMPDIR=$place/temporary")
for name in SSL_CERT_FILE PIP_CERT; do
    [ -n "${!name:-}" ] && empty+=("$name=${!name}")
done

git clone --quiet "$source" "$place/clone"
cd "$place/clone"
echo "$(uname -sm), $(nproc) cores, $(python3 --version), $(date -u +%F), $(git rev-parse --short HEAD)"

failed=0
# run NAME COMMAND...: runs it in the empty environment; one line with how it ended and how long.
run() {
    local name=$1 code=0 began ended
    shift
    began=$EPOCHREALTIME
    "${empty[@]}" "$@" >"$place/$name.log" 2>&1 </dev/null || code=$?
    ended=$EPOCHREALTIME
    printf '%-22s exit %d  %6.1f s\n' "$name" "$code" "$(awk "BEGIN { print $ended - $began }")"
    if [ "$code" -ne 0 ]; then
        failed=1
        tail -n 20 "$place/$name.log"
    fi
}

run first-make-demo make demo
tail -n 7 "$place/first-make-demo.log"
run second-make-demo make demo
echo "left by both in the temporary folder: $(find "$place/temporary" -mindepth 1 | wc -l)"
du -sh --apparent-size .venv | sed 's/^/installed: /'
if [ "${TEST:-1}" = 1 ]; then
    run make-test make test
    grep -E ' (passed|failed).* in [0-9.]+s' "$place/make-test.log" | tail -n 1
fi
exit "$failed"

#!/usr/bin/env bash
# Compares compressors on a real corpus. No SDK: messages are JSON lines printed to file descriptor 3.
set -euo pipefail
export LC_ALL=C

say() { printf '%s\n' "$1" >&"${ATHANOR_FD:-2}"; }

# setting NAME DEFAULT: a number, word or truth value of the configuration, which holds no nested names twice.
setting() {
    local value
    value=$(tr -d '\n' <"${ATHANOR_CONFIG:-/dev/null}" |
        sed -nE "s/.*\"$1\" *: *\"?([A-Za-z0-9_.]+)\"?.*/\1/p")
    printf '%s' "${value:-$2}"
}

now_us() { printf '%s' "${EPOCHREALTIME/./}"; }

# timed FILE COMMAND...: runs it `repeats` times with FILE as input and `out` as output; prints the least microseconds.
timed() {
    local input=$1 best=0 start took i
    shift
    for ((i = 0; i < repeats; i++)); do
        start=$(now_us)
        "$@" <"$input" >out
        took=$(($(now_us) - start))
        ((took > 0)) || took=1
        if ((best == 0 || took < best)); then best=$took; fi
    done
    printf '%s' "$best"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4f", a / b }'; }

levels_of() {
    case $1:$effort in
    gzip:quick) echo 1 6 ;;
    gzip:full) echo 1 6 9 ;;
    bzip2:quick) echo 1 9 ;;
    bzip2:full) echo 1 5 9 ;;
    xz:quick) echo 0 6 ;;
    xz:full) echo 0 6 9 ;;
    zstd:quick) echo 1 3 ;;
    zstd:full) echo 1 3 9 19 ;;
    esac
}

make_corpus() {
    local folders=() folder
    for folder in usr/include usr/share/common-licenses usr/share/perl; do
        if [ -d "/$folder" ]; then folders+=("$folder"); fi
    done
    # head closes the pipe when it has enough, which is no failure of tar's.
    { tar -C / -cf - --sort=name --mtime=@0 --owner=0 --group=0 "${folders[@]}" 2>/dev/null || true; } |
        head -c "$((corpus_mb * 1000000))" >corpus
    size=$(stat -c %s corpus)
    sum=$(sha256sum <corpus)
    echo "corpus: $size bytes of ${folders[*]}"
    say "{\"type\":\"fact\",\"key\":\"corpus_bytes\",\"value\":\"$size\"}"
    say "{\"type\":\"fact\",\"key\":\"corpus_sha256\",\"value\":\"${sum%% *}\"}"
}

# measure PROGRAM LEVEL: one row of the leaderboard.
measure() {
    local program=$1 level=$2 pack unpack packed
    say "{\"type\":\"event\",\"kind\":\"$program.started\",\"message\":\"level $level\"}"
    pack=$(timed corpus "$program" "-$level" -c)
    mv out packed
    packed=$(stat -c %s packed)
    unpack=$(timed packed "$program" -dc)
    if [ "$(sha256sum <out)" != "$sum" ]; then
        say "{\"type\":\"fail\",\"error\":\"$program -$level: what was unpacked differs from the corpus\"}"
        exit 1
    fi
    local r p u
    r=$(ratio "$size" "$packed")
    p=$(ratio "$size" "$pack")
    u=$(ratio "$size" "$unpack")
    say "{\"type\":\"row\",\"table\":\"leaderboard\",\"values\":{\"compressor\":\"$program\",\"level\":$level,\"ratio\":$r,\"pack_mb_s\":$p,\"unpack_mb_s\":$u,\"bytes\":$packed,\"verified\":true}}"
    say "{\"type\":\"event\",\"kind\":\"$program.finished\",\"message\":\"level $level\",\"duration_ms\":$(((pack + unpack) / 1000))}"
    printf '%-6s -%-3s ratio %s  packs %s MB/s  unpacks %s MB/s\n' "$program" "$level" "$r" "$p" "$u"
    if awk -v a="$r" -v b="$best_ratio" 'BEGIN { exit !(a > b) }'; then
        best_ratio=$r best_name="$program -$level"
        say "{\"type\":\"result\",\"key\":\"best_ratio\",\"value\":{\"compressor\":\"$best_name\",\"ratio\":$r}}"
    fi
}

corpus_mb=$(setting corpus_mb 16)
repeats=$(setting repeats 1)
effort=$(setting effort quick)
best_ratio=0 best_name=""

jobs=()
for program in gzip bzip2 xz zstd; do
    [ "$(setting "$program" true)" = true ] || continue
    if ! command -v "$program" >/dev/null; then
        say "{\"type\":\"log\",\"level\":\"warn\",\"message\":\"$program is not installed and is left out\"}"
        continue
    fi
    say "{\"type\":\"fact\",\"key\":\"$program\",\"value\":\"$("$program" --version 2>&1 | head -1 | tr -d '"\\' )\"}"
    for level in $(levels_of "$program"); do jobs+=("$program $level"); done
done
if [ ${#jobs[@]} -eq 0 ]; then
    say '{"type":"fail","error":"no compressor is chosen or installed"}'
    exit 1
fi

make_corpus
total=${#jobs[@]}
for i in "${!jobs[@]}"; do
    read -r program level <<<"${jobs[i]}"
    say "{\"type\":\"progress\",\"current\":$i,\"total\":$total,\"message\":\"$program -$level\"}"
    measure "$program" "$level"
done
say "{\"type\":\"progress\",\"current\":$total,\"total\":$total,\"message\":\"done\"}"
say "{\"type\":\"result\",\"key\":\"compared\",\"value\":$total}"
echo "best ratio: $best_name with $best_ratio"

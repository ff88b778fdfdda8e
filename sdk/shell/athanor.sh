# Tell Athanor what your experiment does, from a POSIX shell: `. athanor.sh`, then call the functions.
#
#     . "$ATHANOR_SDK/athanor.sh"
#     athanor_progress 1 3 "preparing"
#     athanor_log warn "disk is slow"
#     athanor_result accuracy 0.93            # a number or any other JSON
#     athanor_result_string best "svm"        # text
#     athanor_row models name=svm accuracy=0.93
#     athanor_complete
#
# Each call is one write: messages of up to 4,096 bytes never mix with those of other processes, and nothing is
# buffered, so nothing needs flushing. Larger ones take a lock (flock, where it is installed). Outside
# Athanor the messages go to stderr. Every function answers 0, or 2 when it was called wrongly.

# athanor_quote TEXT: prints it as a JSON string.
athanor_quote() {
    case $1 in
    *[\"\\[:cntrl:]]*)
        # Control characters: newline and tab by name, others as spaces.
        printf '%s' "$1" | awk 'BEGIN { ORS = ""; print "\"" }
            { if (NR > 1) print "\\n"
              gsub(/\\/, "&&"); gsub(/"/, "\\\\&"); gsub(/\t/, "\\t"); gsub(/\r/, "\\r"); gsub(/[[:cntrl:]]/, " "); print }
            END { print "\"" }'
        ;;
    *) printf '"%s"' "$1" ;;
    esac
}

# athanor_send JSON: one message, as it is.
athanor_send() {
    if [ -z "${ATHANOR_FD:-}" ]; then
        printf '%s\n' "$1" >&2
    elif [ ${#1} -lt 1000 ] || ! command -v flock >/dev/null 2>&1; then
        printf '%s\n' "$1" >&"$ATHANOR_FD"
    else
        (
            flock 9
            printf '%s\n' "$1" >&"$ATHANOR_FD"
        ) 9<"$ATHANOR_CONFIG"
    fi
}

# athanor_config [NAME [DEFAULT]]: the configuration as JSON, or the value of a name at the top level that holds a
# number, truth value or simple string.
athanor_config() {
    if [ $# -eq 0 ]; then
        cat "${ATHANOR_CONFIG:-/dev/null}"
        return
    fi
    athanor_value_=$(tr -d '\n' <"${ATHANOR_CONFIG:-/dev/null}" |
        sed -nE "s/.*\"$1\" *: *(\"(([^\"\\\\]|\\\\.)*)\"|([^\",}\\[{ ]+)).*/\\2\\4/p")
    printf '%s\n' "${athanor_value_:-${2:-}}"
}

# athanor_log LEVEL MESSAGE: level is debug, info, warn or error. echo works as well, at level info.
athanor_log() {
    [ $# -eq 2 ] || return 2
    athanor_send "{\"type\":\"log\",\"level\":$(athanor_quote "$1"),\"message\":$(athanor_quote "$2")}"
}

# athanor_log_batch LEVEL: each line of standard input, in order.
athanor_log_batch() {
    while IFS= read -r athanor_line_ || [ -n "$athanor_line_" ]; do
        athanor_log "${1:-info}" "$athanor_line_"
    done
}

# athanor_progress CURRENT [TOTAL [MESSAGE]]: only the latest is kept.
athanor_progress() {
    [ $# -ge 1 ] || return 2
    athanor_send "{\"type\":\"progress\",\"current\":$1${2:+,\"total\":$2}${3:+,\"message\":$(athanor_quote "$3")}}"
}

# athanor_result KEY JSON, athanor_result_string KEY TEXT: the newest of a key counts, all are kept.
athanor_result() {
    [ $# -eq 2 ] || return 2
    athanor_send "{\"type\":\"result\",\"key\":$(athanor_quote "$1"),\"value\":$2}"
}
athanor_result_string() {
    [ $# -eq 2 ] || return 2
    athanor_result "$1" "$(athanor_quote "$2")"
}

# athanor_metric KEY STEP VALUE: one point of a series.
athanor_metric() {
    [ $# -eq 3 ] || return 2
    athanor_send "{\"type\":\"metric\",\"key\":$(athanor_quote "$1"),\"step\":$2,\"value\":$3}"
}

# athanor_json_value_ TEXT: a number, truth value or null as it is, anything else as a string.
athanor_json_value_() {
    if printf '%s' "$1" | grep -Eqx -- '-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null'; then
        printf '%s' "$1"
    else
        athanor_quote "$1"
    fi
}

# athanor_row TABLE COLUMN=VALUE ...: columns stand in the order of the first row.
athanor_row() {
    [ $# -ge 1 ] || return 2
    athanor_table_=$(athanor_quote "$1") athanor_members_=
    shift
    for athanor_pair_; do
        athanor_members_="$athanor_members_${athanor_members_:+,}$(athanor_quote "${athanor_pair_%%=*}"):$(athanor_json_value_ "${athanor_pair_#*=}")"
    done
    athanor_send "{\"type\":\"row\",\"table\":$athanor_table_,\"values\":{$athanor_members_}}"
}

# athanor_event KIND [MESSAGE [DURATION_MS]]: anything worth a place in the timeline.
athanor_event() {
    [ $# -ge 1 ] || return 2
    athanor_send "{\"type\":\"event\",\"kind\":$(athanor_quote "$1")${2:+,\"message\":$(athanor_quote "$2")}${3:+,\"duration_ms\":$3}}"
}

# athanor_artifact PATH [NAME]: keeps a file below the working folder.
athanor_artifact() {
    [ $# -ge 1 ] || return 2
    athanor_send "{\"type\":\"artifact\",\"path\":$(athanor_quote "$1")${2:+,\"name\":$(athanor_quote "$2")}}"
}

# athanor_fact KEY TEXT: something to remember about how the run was made.
athanor_fact() {
    [ $# -eq 2 ] || return 2
    athanor_send "{\"type\":\"fact\",\"key\":$(athanor_quote "$1"),\"value\":$(athanor_quote "$2")}"
}

# athanor_complete, athanor_fail ERROR: fix the outcome; the script then has its grace to leave.
athanor_complete() { athanor_send '{"type":"complete"}'; }
athanor_fail() { athanor_send "{\"type\":\"fail\",\"error\":$(athanor_quote "${1:-}")}"; }

# athanor_catch_cancel: from now on a cancel does not end the script but makes athanor_cancelled true. A shell runs the
# trap when the command in the foreground has ended.
athanor_cancelled_=0
athanor_catch_cancel() { trap 'athanor_cancelled_=1' TERM; }
athanor_cancelled() { [ "$athanor_cancelled_" = 1 ]; }

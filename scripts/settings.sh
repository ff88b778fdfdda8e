# shellcheck shell=bash
# Sourced by the scripts that people call for a site: reads `--config FILE` off their words, answers --help with their head, and gives
#
#     setting KEY        what FILE, or ATHANOR_KEY in the environment, says; nothing where neither does
#
# Without --config it is ATHANOR_CONFIG_FILE; else, where no database is named either, the site of `make run` in $STATE (./var), else
# the installed one.

site_config() {
    [ -z "${ATHANOR_DATABASE:-}" ] || return 0
    local state=${STATE:-./var} token file
    # As root the state may live elsewhere; its token is linked to then.
    token=$(readlink "$state/admin-token" || echo "$state/admin-token")
    for file in "$state/athanor.ini" "${token%/*}/athanor.ini"; do
        if [ -r "$file" ]; then
            echo "$file"
            return
        fi
    done
    if [ -z "${STATE:-}" ] && [ -r /etc/athanor/athanor.ini ]; then echo /etc/athanor/athanor.ini; fi
}

case ${1:-} in
-h | --help)
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
--config)
    config=${2:?--config needs a file}
    shift 2
    if [ ! -r "$config" ]; then
        echo "${0##*/}: cannot read $config" >&2
        exit 1
    fi
    ;;
*) config=${ATHANOR_CONFIG_FILE:-$(site_config)} ;;
esac

setting() {
    local name=ATHANOR_${1^^}
    if [ -n "${!name:-}" ]; then
        printf '%s\n' "${!name}"
    elif [ -n "$config" ]; then
        sed -n "s/^$1[[:space:]]*=[[:space:]]*//p" "$config" | tail -n 1
    fi
}

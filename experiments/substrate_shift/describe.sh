#!/bin/sh
# Nothing to add to the manifest; says what is missing where Python is.
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 7))' 2>/dev/null; then
    echo "Python 3.7 or later is not installed; install it with: apt-get install python3" >&2
    exit 1
fi
echo '{}'

#!/bin/sh
# Prints the data sets and models to choose from, or says what has to be installed for that.
if ! /usr/bin/python3 -sBc 'import importlib.util as u, sys; sys.exit(u.find_spec("sklearn") is None)' 2>/dev/null; then
    echo "scikit-learn is not installed; install it with: apt-get install --no-install-recommends python3-sklearn" >&2
    exit 1
fi
exec /usr/bin/python3 -sB "$ATHANOR_DIR/describe.py"

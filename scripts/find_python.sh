#!/bin/sh
# Which Python can build the environment? Prints the first one that is 3.12 or newer and can make a virtual one.
# Each candidate is run, not only looked up: a pyenv shim can exist and yet refuse to start.
set -u

suits() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

wanted=$(cat .python-version 2>/dev/null || echo 3.13)
pyenv_root=${PYENV_ROOT:-$HOME/.pyenv}

for candidate in \
    "$pyenv_root/versions/$wanted/bin/python" "$pyenv_root/versions/$wanted".*/bin/python \
    "python$wanted" python3.13 python3.12 python3 \
    "$pyenv_root"/versions/3.1[2-9]*/bin/python; do
    if suits "$candidate"; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
done

echo "No Python 3.12 or newer with its venv module was found: install Python $wanted" \
    "(python.org, 'pyenv install $wanted', or on Debian and Ubuntu 'apt install python3 python3-venv')." >&2
exit 1

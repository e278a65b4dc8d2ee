#!/bin/sh
# Installs Debian packages where the tools they bring are missing.
#
#   need.sh NAME...    make, gcc, postgresql, chromium, sipp, baresip, kamailio, strace, espeak-ng; NAME? only tries
#
# It needs root or sudo only where something is missing, and says so where it cannot go on.
set -eu

# present tells whether the tool is there, whoever installed it.
present() {
	case $1 in
	gcc) command -v gcc >/dev/null && [ -e /usr/include/stdlib.h ] ;;
	chromium) command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v google-chrome >/dev/null ;;
	postgresql) command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# packages are the Debian packages of a tool.
packages() {
	case $1 in
	gcc) echo gcc libc6-dev ;;
	chromium) echo chromium-headless-shell fonts-liberation fonts-dejavu-core ;;
	sipp) echo sip-tester ;;
	baresip) echo baresip-core ;;
	*) echo "$1" ;;
	esac
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		return 1
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

# install gets packages; the lists are fetched only where there are none, or where those at hand are stale.
install() {
	if ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 && apt install -y --no-install-recommends "$@" 2>/dev/null; then
		return
	fi
	apt update && apt install -y --no-install-recommends "$@"
}

# install_postgresql leaves no server behind: the tests start their own, in a temporary folder.
install_postgresql() {
	install postgresql-common || return 1
	conf=/etc/postgresql-common/createcluster.conf
	as_root cp -p "$conf" "$conf.before-bellwether" || return 1
	echo "create_main_cluster = false" | as_root tee -a "$conf" >/dev/null
	installed=0
	install postgresql || installed=$?
	as_root mv "$conf.before-bellwether" "$conf"
	return "$installed"
}

get() {
	command -v apt-get >/dev/null || return 1 # (errors are passed on by hand: a condition switches set -e off)
	echo "need.sh: installing $(packages "$1")" >&2
	case $1 in
	postgresql) install_postgresql ;;
	*) install $(packages "$1") ;;
	esac
}

for name in "$@"; do
	tool=${name%\?}
	if present "$tool" || { get "$tool" && present "$tool"; }; then
		continue
	fi
	if [ "$tool" != "$name" ]; then
		echo "need.sh: going on without $tool; what needs it is skipped" >&2
		continue
	fi
	echo "need.sh: $tool is missing and could not be installed." >&2
	echo "need.sh: as root, run: apt-get update && apt-get install $(packages "$tool")" >&2
	exit 1
done

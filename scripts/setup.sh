#!/bin/bash
# Installs what the tests need and is missing: a C compiler for the race
# detector, PostgreSQL's programs (the tests start private servers of their
# own), a Chromium with fonts for the browser tests. Go and Node.js are
# checked, not installed. Says nothing when nothing is to do.
#
# Redis is not here: no test uses it.
set -euo pipefail

fail() {
	printf 'setup: %s\n' "$*" >&2
	exit 1
}

# Go and Node.js come from their own sites in the version that people want.
command -v go >/dev/null || fail "Go is missing; install 1.26 or newer (https://go.dev/dl)"
command -v node >/dev/null && command -v npm >/dev/null || fail "Node.js is missing; install 20.19 or newer (https://nodejs.org)"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
	fail "Node.js $(node --version) is too old; the web application needs 20.19 or newer"

has_postgres() {
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null
}

# Ubuntu's "chromium" package is a wrapper around a snap, which does not run
# in containers; a browser counts only when it can say its version.
has_browser() {
	local b
	for b in "${CHROMIUM:-}" chromium google-chrome google-chrome-stable chromium-browser; do
		if [ -n "$b" ] && command -v "$b" >/dev/null && "$b" --version >/dev/null 2>&1; then
			return 0
		fi
	done
	compgen -G "$PWD/e2e/.browsers/chromium-*" >/dev/null
}

has_fonts() {
	command -v fc-list >/dev/null && [ -n "$(fc-list :lang=en family | head -1)" ]
}

want=()
command -v gcc >/dev/null || want+=(gcc libc6-dev)
has_postgres || want+=(postgresql)
has_browser || want+=(chromium)
has_fonts || want+=(fontconfig fonts-dejavu-core)
[ "${#want[@]}" -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
	fail "missing here: ${want[*]}. This script installs with apt-get only; install them with your system's package manager and run it again"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || fail "missing here: ${want[*]}. Run as root: apt-get install ${want[*]}"
	as_root=(sudo)
fi
apt() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

echo "setup: installing ${want[*]}"
apt update
case " ${want[*]} " in
*" postgresql "*)
	# The package would make a cluster and start it on port 5432 at every boot.
	# The tests do not need that one, so it is not made.
	dropin=/etc/postgresql-common/createcluster.d/no-main-cluster.conf
	apt install --no-install-recommends postgresql-common
	"${as_root[@]}" mkdir -p "$(dirname "$dropin")"
	echo 'create_main_cluster = false' | "${as_root[@]}" tee "$dropin" >/dev/null
	trap '"${as_root[@]}" rm -f "$dropin"' EXIT
	;;
esac
apt install --no-install-recommends "${want[@]}"

if ! has_browser; then
	echo "setup: the packaged Chromium does not run here; fetching one for e2e/ only"
	npm --prefix e2e ci --no-audit --no-fund
	PLAYWRIGHT_BROWSERS_PATH="$PWD/e2e/.browsers" npm --prefix e2e exec -- playwright-core install --with-deps chromium
fi

# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# For scripts that fetch from Debian, whatever release of it the machine runs: an apt of
# their own. It asks where the machine's own apt asks, for the release that is wanted; the
# machine's architectures, sources and lists stay as they are. To be sourced.
#
#   private_apt WANTED deb|deb-src [ARCHITECTURE...]    makes it, with fresh lists; WANTED
#                              is the file that names it: guests/12, trees/7.2
#   apt_private PROGRAM...     runs apt-get or apt-cache there
#   unpack_packages FOLDER PACKAGE...    fetches binary packages, and unpacks them there
#   fetch_files FILE           gets what `apt-get --print-uris` has written to FILE
#   fetch_trouble              what apt says of the trouble, in one line
#   made_meanwhile FOLDER      whether somebody else has made it while this one waited
#   hand_over                  to mmdebstrap, which has an apt of its own: $sources are files that
#                              it takes, $work/acquire what it is told of proxies
#
# $components, if it is set before, says which sections are wanted instead of main alone.
#
# $work is a folder that goes at the end, $log has all that apt said, $files what was
# fetched: a folder of the cache (DTSHIM_CACHE, else build/cache), which clones may share.
# One at a time: it is locked until the script ends.

scripts=${scripts:-$(cd "$(dirname "$0")" && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
log=$work/log
: >"$log"

# ---- the cache ----------------------------------------------------------------------

cache=${DTSHIM_CACHE:-$scripts/../build/cache}
mkdir -p "$cache/files" "$cache/lists/partial" 2>"$log" && : >>"$cache/lock" 2>"$log" || {
	cat "$log" >&2
	echo "dtshim: cannot write downloads into $cache" >&2
	echo "  what to do: use a folder of yours: DTSHIM_CACHE=folder" >&2
	exit 1
}
cache=$(cd "$cache" && pwd)
files=$cache/files
exec 9>>"$cache/lock"
waited=
flock -n 9 || {
	echo "dtshim: waiting for another download into $cache" >&2
	flock 9
	waited=yes
}

# Has the one that was waited for made that folder, which it may be using by now?
made_meanwhile() {
	[ "$waited" ] && [ "$1/complete" -nt "$0" ]
}

# ---- the machine's sources ----------------------------------------------------------

# Only Debian's: one of its suites (by codename or by what it is called now), with the
# component main. Somebody else's may be named after the same releases; what they have
# is not preferred, and if they have nothing for this release, that is no trouble.
# Neither backports nor what is proposed: of a release, the versions that it has.
known_suites() {
	sed -n 's/^codename=//p' "$scripts"/guests/* "$scripts"/trees/* "$scripts"/qemu/*
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
	echo oldoldstable oldstable stable testing unstable sid
}

# One line each: deb [options] where suite components.
lines_of_release() {
	awk -v names="$suites" -v codename="$codename" -v kind="$kind" \
		-v components="${components:-main}" '
	function ours(suite) {
		return match(suite, "^(" names ")(-updates|-security)?/?$")
	}
	{ sub(/#.*/, ""); options = "" }
	$1 != "deb" { next }
	{
		sub(/^[ \t]*deb[ \t]+/, "")
		if (match($0, /^\[[^]]*\][ \t]*/)) {
			options = substr($0, 1, RLENGTH)
			sub(/^\[[^]]*\][ \t]*/, "")
			gsub(/arch[+-]?=[^] \t]*/, "", options)
		}
	}
	ours($2) && / main( |$)/ {
		sub("^(" names ")", codename, $2)
		line = kind " " options $1 " " $2 " " components
		if (!seen[line]++) print line
	}' "$@"
}

# deb822: fields, which may go on in the next line; an empty line ends a source.
stanzas_of_release() {
	awk -v names="$suites" -v codename="$codename" -v kind="$kind" \
		-v components="${components:-main}" '
	function flush(    n, i, word, wanted) {
		n = split(field["suites"], word)
		for (i = 1; i <= n; i++)
			if (word[i] ~ "^(" names ")(-updates|-security)?/?$") {
				sub("^(" names ")", codename, word[i])
				wanted = wanted " " word[i]
			}
		if (wanted && " " field["types"] " " ~ / deb / && " " field["components"] " " ~ / main /)
			printf "Types: %s\nSuites:%s\nComponents: %s\n%s\n", kind, wanted, components, rest
		split("", field)
		rest = ""
	}
	/^#/ { next }
	/^[ \t]*$/ { flush(); next }
	!/^[ \t]/ { name = tolower($0); sub(/[ \t]*:.*/, "", name) }
	name ~ /^(types|suites|components|architectures)$/ {
		sub(/^[^ \t][^:]*:/, "")
		gsub(/[ \t]+/, " ")
		field[name] = field[name] " " $0 " "
		next
	}
	{ rest = rest $0 "\n" }
	END { flush() }' "$@"
}

own_sources() {
	suites=$(known_suites | xargs | tr ' ' '|')
	mkdir "$work/parts"
	: >"$work/sources.list"
	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
	[ ! -f "$list" ] || lines_of_release "$list" >"$work/sources.list"
	for file in "${parts%/}"/*; do
		case "$file" in
		*.list) lines_of_release "$file" >"$work/parts/${file##*/}" ;;
		*.sources) stanzas_of_release "$file" >"$work/parts/${file##*/}" ;;
		esac
	done
}

# ---- apt -----------------------------------------------------------------------------

private_apt() {
	wanted=$1 kind=$2
	shift 2
	. "$scripts/$wanted"
	own_sources
	mkdir -p "$work/state" "$work/cache/archives/partial" "$work/preferences.d"
	: >"$work/status"
	printf 'Package: *\nPin: release o=Debian\nPin-Priority: 990\n' >"$work/preferences"
	# Keys, proxies and logins are the machine's. Unsigned lists or packages that do not
	# match them are refused, as apt does. No list is cleaned away: another source's, or
	# another release's, may be needed again.
	{
		[ -z "${APT_CONFIG:-}" ] || cat "$APT_CONFIG"
		cat <<-CONF
		Dir::Etc::sourcelist "$work/sources.list";
		Dir::Etc::sourceparts "$work/parts";
		Dir::Etc::preferences "$work/preferences";
		Dir::Etc::preferencesparts "$work/preferences.d";
		Dir::State "$work/state";
		Dir::State::lists "$cache/lists";
		Dir::State::status "$work/status";
		Dir::Cache "$work/cache";
		APT::Sandbox::User "$(id -un)";
		APT::Get::List-Cleanup "false";
		Acquire::Languages "none";
		Acquire::GzipIndexes "true";
		CONF
		[ $# = 0 ] || printf 'APT::Architecture "%s";\n' "$1"
		for arch; do
			printf 'APT::Architectures:: "%s";\n' "$arch"
		done
	} >"$work/apt.conf"
	export APT_CONFIG="$work/apt.conf" LC_ALL=C
	# Without a network the lists of the last time may do.
	apt_private apt-get update >>"$log" 2>&1 || true
}

# mmdebstrap's apt reads nothing of the machine's, which may have to go through a proxy. What follows
# takes minutes, and nothing of the cache. Fails where no source has the release.
hand_over() {
	sources=
	for file in "$work/sources.list" "$work/parts"/*; do
		[ ! -s "$file" ] || sources="$sources $file"
	done
	apt-config dump --format '%F "%v";%n' Acquire >"$work/acquire"
	unset APT_CONFIG
	exec 9>&-
	[ "$sources" ]
}

# Which release the machine prefers is said in its configuration, not here.
apt_private() {
	program=$1
	shift
	"$program" -q -o APT::Default-Release= "$@"
}

# apt ends with what follows from the trouble; what it says of the trouble itself is wanted.
fetch_trouble() {
	grep '^E:' "$log" | grep -v -e "some 'deb-src' URIs" -e 'some archives' \
		-e 'Some index files' -e 'Download Failed' \
		-e 'No packages found' -e 'Unable to locate' | tail -n 1 | grep . ||
		grep '^W:' "$log" | head -n 1 | grep . ||
		echo "no apt source of this machine has it"
}

# ---- files ---------------------------------------------------------------------------

# $1: a file, $2: what apt's lists say of it, as SHA256:...
is_whole() {
	sum=$(echo "${2%%:*}" | tr '[:upper:]' '[:lower:]')sum
	[ -f "$1" ] && echo "${2#*:}  $1" | "$sum" --check --status
}

# Megabytes of the files that $1 lists which are there.
megabytes_there() {
	cut -d ' ' -f 2 "$1" | (cd "$files" && xargs -r stat -c %s 2>/dev/null) |
		awk '{ bytes += $1 } END { print int(bytes / 1000000) }'
}

# How much of the $2 MB has come beside the $3 that were there, from two seconds on; the line is left as it was found.
show_fetched() {
	while sleep 2; do
		printf '\rdtshim: %s of %s MB ' "$(($(megabytes_there "$1") - $3))" "$2"
	done
}

# Runs what follows $1, the list, and $2, its megabytes; on a terminal it is seen how far that is.
# The lock of the cache is not the watcher's.
while_shown() {
	watcher= ended=0
	[ ! -t 2 ] || {
		had=$(megabytes_there "$1")
		show_fetched "$1" "$2" "$had" 9>&- >&2 &
		watcher=$!
	}
	shift 2
	"$@" >>"$log" 2>&1 || ended=$?
	[ -z "$watcher" ] || {
		kill "$watcher" 2>/dev/null || :
		wait "$watcher" 2>/dev/null || :
		printf '\r%40s\r' '' >&2
	}
	return "$ended"
}

# Each line: 'where' name size hash. What is whole stays, and of what is not apt takes up
# the rest, if the server lets it.
fetch_files() {
	uris=$1 bytes=0 names=
	set --
	while read -r uri name size hash; do
		! is_whole "$files/$name" "$hash" || continue
		had=$(stat -c %s "$files/$name" 2>/dev/null || echo 0)
		[ "$had" -lt "$size" ] || { rm -f "$files/$name"; had=0; }
		uri=${uri#\'}
		set -- "$@" "${uri%\'}" "$files/$name" "$hash"
		bytes=$((bytes + size - had))
		case "$names " in *" ${name%%_*} "*) ;; *) names="$names ${name%%_*}" ;; esac
	done <"$uris"
	if [ $# = 0 ]; then
		echo "dtshim: nothing to fetch: everything is in $cache" >&2
		return 0
	fi
	bytes=$(((bytes + 999999) / 1000000))
	echo "dtshim: fetching $bytes MB into $cache:$names" >&2
	while_shown "$uris" "$bytes" /usr/lib/apt/apt-helper download-file "$@"
}

# Prints what was unpacked, a package and its version in each line. $work/origins has what else
# is known of them: the archive and its sum, and the source package.
unpack_packages() {
	into=$1
	shift
	# apt leaves out what lies in the folder that it is started in.
	(cd "$work/state" && apt_private apt-get download --print-uris "$@") >"$work/uris" \
		2>>"$log" || return 1
	fetch_files "$work/uris" || return 1
	: >"$work/origins"
	while read -r _ name _; do
		dpkg-deb -x "$files/$name" "$into"
		dpkg-deb -W --showformat '${Package} ${Version}\n' "$files/$name"
		origin_of "$files/$name" >>"$work/origins"
	done <"$work/uris"
}

# The sum is that of apt's lists: the file was held against it when it was fetched.
origin_of() {
	dpkg-deb -W --showformat 'Package: ${Package}\nVersion: ${Version}\nArchitecture: ${Architecture}\nSource: ${source:Package} ${source:Version}\n' "$1"
	echo "File: ${1##*/}"
	echo "SHA256: $(sha256sum "$1" | cut -d ' ' -f 1)"
}

# The package that a meta package stands for: $1 linux-image-arm64, $2 arm64.
kernel_of() {
	apt_private apt-cache depends "$1:$2" 2>>"$log" |
		sed -n 's/.*Depends: \(linux-image-[0-9][^:]*\).*/\1/p' | head -n 1 | grep .
}

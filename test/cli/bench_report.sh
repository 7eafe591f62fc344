#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# bench_report.sh - from values that are known: ratios within a round, quartiles,
# what is aimed at, tables between their markers; what was not run stays
# shellcheck source=test/cli/common
. "$(dirname "$0")/common"

report=$TAPLESS_SOURCE/bench/report.py

# some_values: tcp and memory, three rounds; the second is a slow one for all
some_values() {
	printf '0\tabout\tall\t%s\t%s\n' congestion bbr seconds 3 rounds 3 \
		noisy 1 'skipped:fastd' 'there is no fastd here'
	printf '%s\ttcp\traw-bbr\tforward\t%s\n' 1 1000 2 100 3 1000
	printf '%s\ttcp\tours\tforward\t%s\n' 1 500 2 50 3 700
	for kind in Pss Rss RssAnon; do
		printf '0\tmemory\t%s\tidle-%s\t%s\n' ours $kind 1000 \
			reference $kind 2000
	done
}

# has FILE TEXT: is there such a line, as it stands?
has() {
	grep -qF -- "$2" "$1" || {
		cat "$1" >&2
		fail "$1 has no: $2"
	}
}

some_values >values
cat >page.md <<'END'
<!-- bench:targets -->
<!-- /bench:targets -->
<!-- bench:tcp -->
old
<!-- /bench:tcp -->
<!-- bench:memory -->
<!-- /bench:memory -->
<!-- bench:rtt -->
stays
<!-- /bench:rtt -->
END
cat >results.json <<'END'
{ "rtt": { "made": { "congestion": "bbr" }, "values": {
  "ours": { "p50_us": [ 100, 100 ] }, "raw-bbr": { "p50_us": [ 50, 40 ] } } } }
END
python3 -B "$report" --values values --results results.json \
	--command './dev bench tcp' --document page.md >out ||
	fail 'the report failed'

# 0.5, 0.5, 0.7: a slow round changes no ratio.
has page.md '| ours, preload ↔ preload | 500 [50.0–700] |  | 0.50 [0.50–0.60] |'
has page.md '| kernel TCP, bbr (default) | 1,000 [100–1,000] |'
has page.md 'rounds: 3; runs that began on a busy machine: 1; left out: fastd (there is no fastd here).'
has page.md stays
! grep -qx old page.md || fail 'an old table is still there'

# The bad quartile decides: the lower one, or the upper one of what is small.
has page.md '| TCP 1 stream / raw | ≥ 0.4 | ≥ 0.65 | 0.50 | 0.50 | met |'
has page.md '| ping-pong 64 bytes p50 / raw | ≤ 1.9 | ≤ 1.4 | 2.25 | 2.38 | **not met** |'
has page.md '| idle Pss, ten peers / reference | ≤ 0.35 | ≤ 0.2 | 0.50 | 0.50 | **not met** |'
has page.md '| redis GET, 50 clients / raw | ≥ 0.3 | ≥ 0.6 |  |  | not measured |'

# Other workloads keep what they had, and it can be asked for by itself.
python3 -B "$report" --results results.json --targets >targets
has targets '2.25 | 2.38 | **not met** |'
has targets '| TCP 1 stream / raw | ≥ 0.4 | ≥ 0.65 | 0.50 | 0.50 | met |'

# A page without a place for a table is an error, and stays as it was.
echo nothing >page.md
! python3 -B "$report" --values values --results results.json \
	--command x --document page.md >out 2>&1 || fail 'it found a place'
has out 'no place for tcp'
[ "$(cat page.md)" = nothing ] || fail 'the page has changed'

# How to call it is said at once: nothing is installed, built or measured for it.
for words in 'bench/run --help' 'bench/run -h' 'dev bench --help' 'dev bench -h' \
	'dev bench tcp --help'; do
	# shellcheck disable=SC2086 # a list of words
	env -u TAPLESS_BUILD "$TAPLESS_SOURCE"/$words >out 2>err ||
		fail "$words failed: $(cat err)"
	[ ! -s err ] || fail "$words complains: $(cat err)"
	has out 'usage: ./dev bench [--rounds N]'
	has out 'memory join idle sizes'
	! grep -q '^==' out || fail "$words does something"
done
! "$TAPLESS_SOURCE/bench/run" --no >out 2>err || fail 'it took --no'
has err "no option '--no'"

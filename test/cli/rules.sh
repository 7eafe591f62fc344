#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# rules.sh - the rule language on the command line
# shellcheck source=test/cli/common
. "$(dirname "$0")/common"

cat >some.rules <<'END'
drop not ethertype ipv4 and not ethertype arp and not ethertype ipv6;
tag department id 1000 enum 100 sales enum 200 engineering default 0;
accept ipprotocol tcp and dport 139 or dport 445 and tdiff department 0;
break chr tcp_syn and not chr tcp_ack;
tee 40 deadbeef00 ipprotocol udp;
redirect deadbeef01 dport 7;
cap superuser id 1000 accept; ;
accept;
END

# To JSON and to bytes.
expect 0 rules compile some.rules
err_empty
for field in '"type": "MATCH_TAGS_DIFFERENCE"' '"mask": "0000000000000002"' \
	'"capabilitiesByName": {' '"superuser": 1000' '"engineering": 200' \
	'"type": "ACTION_REDIRECT"' '"address": "deadbeef01"' \
	'"rulesSource": "drop not ethertype ipv4 and'; do
	out_has "$field"
done
cp out compiled.json
# The text goes with what is made of it, also when that is compiled again.
expect 0 rules compile compiled.json
out_has '"rulesSource": "drop not ethertype ipv4 and'
printf 'accept; # \377\n' >latin.rules
expect 0 rules compile latin.rules
! grep -q rulesSource out || fail 'what is no UTF-8 is in JSON'
expect 0 rules compile --blob some.rules
grep -v '^capability' out >rules.blob
out_has '^rules a5020800a5020806a50286dd00002401062804008b008b680401bd01bd'
out_has '^capability 1000 0100$'
cp out first
expect 0 rules compile --blob compiled.json
cmp -s out first || fail "JSON is not read as it was written"
"$tapless" rules compile --blob - <some.rules >out
cmp -s out first || fail "standard input is read otherwise"

# What is wrong has a place, and a way out.
echo 'drop ethertyp ipv4;' >bad
expect 1 rules compile bad
one_line
out_empty
err_has 'bad:1:6: "ethertyp" is no match; was "ethertype" meant?'
printf 'accept;\ndrop dport 70000;\n' >bad
expect 1 rules compile bad
err_has 'bad:2:12: dport "70000"'
echo '{"rules":[{"type":"FOO"}]}' >bad
expect 1 rules compile bad
err_has 'bad: rules\[0\]: "type" of "FOO" is wrong'
echo 'drop ipsrc fd00::1/8;' >hardly
expect 0 rules compile hardly
one_line
err_has 'hardly:1:12: warning: .* write fd00::/8'
expect 1 rules compile none
one_line
expect 1 rules compile .
one_line
head -c 300000 /dev/zero | tr '\0' ' ' >large
expect 1 rules compile large
one_line

# Which rule, and why.
expect 0 rules explain some.rules --ethertype ipx_a
out_is 'sender: dropped
  line 1: drop not ethertype ipv4 and not ethertype arp and not ethertype ipv6
'
expect 0 rules explain some.rules --dport 80 --tcp-flags syn
out_has '^sender: dropped$'
out_has 'line 4: break chr tcp_syn and not chr tcp_ack; and no capability'
expect 0 rules explain some.rules --dport 80 --tcp-flags syn --cap superuser
out_has '^receiver: accepted$'
out_has 'capability superuser, id 1000, line 7: accept'
expect 0 rules explain some.rules --ip-proto udp --dport 53
out_has '  copied to deadbeef00, 36 bytes'
expect 0 rules explain some.rules --dport 7
out_has '^sender: redirected to deadbeef01$'
expect 0 rules explain compiled.json --dport 80 --tcp-flags syn
out_has 'entry 11: break chr tcp_syn'
expect 0 rules explain some.rules \
	--frame ffffffffffff02000000000186dd6000000000003b40
out_has '^sender, for all recipients: accepted$'
expect 0 -j rules explain some.rules --dport 80 --tcp-flags syn
out_has '"accepted": false'
out_has '"line": 4'
echo 'accept dport 22 and ipprotocol tcp;' >narrow
expect 0 rules explain narrow --ip-proto udp --dport 22
out_has 'line 1: accept dport 22 and ipprotocol tcp - but not: ipprotocol tcp'
for args in '--what 1' '--dport' '--dport x' '--cap nobody' '--frame 12' \
	'--src 1.2.3.4 --dst ::1' 'x'; do
	# shellcheck disable=SC2086
	expect 2 rules explain some.rules $args
	out_empty
	one_line
done

# A file of expectations.
cat >expected <<'END'
# verdict, packet
drop --ethertype ipx_a
accept --dport 139
drop --at sender --dport 445 --tcp-flags syn --dst-tag department=sales
accept --dport 445 --tcp-flags syn --cap superuser --dst-tag department=sales
tee deadbeef00 --ip-proto udp --dport 53
redirect deadbeef01 --dport 7
END
expect 0 rules test some.rules expected
out_is '6 met, 0 failed
'
echo 'drop --dport 139' >>expected
expect 1 rules test some.rules expected
out_has '^expected:8: it is accepted by the receiver: line 3: accept ipproto'
out_has '^6 met, 1 failed$'
echo 'allow --dport 1' >expected
expect 1 rules test some.rules expected
one_line
err_has 'expected:1:1: "allow" is no verdict'
expect 1 rules test some.rules none
one_line

# Wrong arguments.
for args in '' 'what' 'compile' 'compile a b' 'explain' 'test a' 'test a b c'; do
	# shellcheck disable=SC2086
	expect 2 rules $args
	out_empty
	one_line
done
expect 0 rules --help
out_has 'explain RULES PACKET'

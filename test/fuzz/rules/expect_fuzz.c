/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as expectations, of rules that look at everything. */
#include <stdlib.h>
#include <string.h>

#include "rules/expect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules[] =
	"tag t id 7 enum 1 a flag 3 b default a; cap c id 9 accept; ; "
	"tee 9 deadbeef00 ipprotocol udp; redirect deadbeef01 dport 7; "
	"drop chr tcp_syn,ipauth or icmp 8 0; drop ipsrc 10.0.0.0/8 or ipdest "
	"fd00::/8 and framesize 9; drop iptos 255 1 or tseq t a and treq t b; "
	"accept sport 9 and random 0.5 or macsrc 02:00:00:00:00:01 and vlan 1;";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);
	enum expect_outcome outcome = EXPECT_MET;
	struct rule_error why = { 0 };
	struct rule_program *p;
	struct expectations e;

	if (!exact)
		return 0;
	if (size)
		memcpy(exact, data, size);
	tl_assert(tl_program_compile(&p, &why, tl_bytes_from_str(rules)) == 0);
	tl_assert(tl_expect_init(&e, tl_bytes(exact, size)) == 0);
	while (outcome != EXPECT_END &&
	       tl_expect_next(&e, &outcome, p, &why) == 0)
		tl_assert(outcome != EXPECT_FAILED || why.line > 0);
	tl_expect_fini(&e);
	tl_program_free(p);
	free(exact);
	return 0;
}

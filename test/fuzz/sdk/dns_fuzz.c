/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of name servers. The first two bytes are the ID of the question too,
 * and the name asked for is the one in the message, so that much is read. */
#include "sdk/client/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA };
	uint16_t id = size >= 2 ? (uint16_t)(data[0] << 8 | data[1]) : 0;
	struct dns_answer a;

	for (size_t i = 0; i < 2; i++) {
		a = (struct dns_answer){ 0 };
		if (tl_dns_parse(&a, tl_bytes(data, size), id, "www.a.test",
				 types[i]) == DNS_OK)
			tl_assert(a.n <= DNS_ADDRESSES_MAX);
	}
	return 0;
}

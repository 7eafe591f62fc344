/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/checksum.h"

#include <string.h>

#include "stack/arch/cc.h"

/*
 * Ones' complement addition does not care for the order of bytes, so eight
 * bytes are added at a time in the machine's own order.
 */
static uint16_t sum_native(const uint8_t *at, size_t n)
{
	uint64_t sum = 0;
	uint64_t v;
	uint64_t tail = 0;

	for (; n >= 8; n -= 8, at += 8) {
		memcpy(&v, at, 8);
		sum += v & 0xffffffff;
		sum += v >> 32;
	}
	memcpy(&tail, at, n);
	sum += tail & 0xffffffff;
	sum += tail >> 32;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint16_t tl_checksum(const void *at, int n)
{
	return n > 0 ? sum_native(at, (size_t)n) : 0;
}

uint16_t tl_checksum_sum(struct bytes b)
{
	uint8_t two[2];
	uint16_t sum = b.n ? sum_native(b.at, b.n) : 0;

	memcpy(two, &sum, 2);
	return tl_load_be16(two);
}

uint16_t tl_checksum_of(struct bytes b)
{
	return (uint16_t)~tl_checksum_sum(b);
}

uint16_t tl_checksum_transport(struct bytes packet, size_t offset,
			       uint8_t protocol)
{
	bool is_ip4 = packet.at[0] >> 4 == 4;
	struct bytes addresses = is_ip4 ? tl_bytes(packet.at + 12, 8)
					: tl_bytes(packet.at + 8, 32);
	struct bytes message = tl_bytes_skip(packet, offset);
	uint32_t sum = tl_checksum_sum(addresses);

	sum += tl_checksum_sum(message);
	sum += protocol;
	sum += (uint32_t)(message.n >> 16) + (uint32_t)(message.n & 0xffff);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

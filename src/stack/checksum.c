/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/checksum.h"

#include <string.h>

#include "stack/arch/cc.h"

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

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
	return fold(sum);
}

/*
 * Four words of eight bytes at a time. The halves of each are added apart, so
 * that nothing is carried over for 16 GiB.
 */
typedef uint64_t words __attribute__((vector_size(32)));

/* To ask what the processor can takes 4 KB, too much for the small program. */
#if defined(__x86_64__) && !defined(TL_LITE)
#define HAS_AVX2_TWIN 1
#endif

static inline __attribute__((always_inline)) uint64_t
copy_words(uint8_t *to, const uint8_t *from, size_t n)
{
	words low = { 0 };
	words high = { 0 };
	words v;

	for (; n >= sizeof(v); n -= sizeof(v)) {
		memcpy(&v, from, sizeof(v));
		memcpy(to, &v, sizeof(v));
		low += v & 0xffffffff;
		high += v >> 32;
		from += sizeof(v);
		to += sizeof(v);
	}
	low += high;
	return low[0] + low[1] + low[2] + low[3];
}

#if defined(HAS_AVX2_TWIN)
__attribute__((target("avx2"))) static uint64_t
copy_words_avx2(uint8_t *to, const uint8_t *from, size_t n)
{
	return copy_words(to, from, n);
}
#endif

static uint64_t copy_bulk(uint8_t *to, const uint8_t *from, size_t n)
{
#if defined(HAS_AVX2_TWIN)
	if (__builtin_cpu_supports("avx2"))
		return copy_words_avx2(to, from, n);
#endif
	return copy_words(to, from, n);
}

uint16_t tl_checksum_copy(uint8_t *to, const uint8_t *from, size_t n)
{
	size_t bulk = n & ~(sizeof(words) - 1);
	uint64_t sum = bulk ? copy_bulk(to, from, bulk) : 0;

	memcpy(to + bulk, from + bulk, n - bulk);
	return fold(sum + sum_native(from + bulk, n - bulk));
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

/* Of the pseudo header, without the message's own bytes. */
static uint32_t pseudo_sum(struct bytes packet, size_t offset, uint8_t protocol)
{
	bool is_ip4 = packet.at[0] >> 4 == 4;
	struct bytes addresses = is_ip4 ? tl_bytes(packet.at + 12, 8)
					: tl_bytes(packet.at + 8, 32);
	size_t n = packet.n - offset;

	return tl_checksum_sum(addresses) + protocol + (uint32_t)(n >> 16) +
	       (uint32_t)(n & 0xffff);
}

uint16_t tl_checksum_transport(struct bytes packet, size_t offset,
			       uint8_t protocol)
{
	uint32_t sum = pseudo_sum(packet, offset, protocol);

	sum += tl_checksum_sum(tl_bytes_skip(packet, offset));
	return (uint16_t)~fold(sum);
}

uint16_t tl_checksum_copied(struct bytes packet, size_t offset, size_t payload,
			    uint8_t protocol, uint16_t sum)
{
	uint32_t total = pseudo_sum(packet, offset, protocol);
	uint8_t two[2];

	memcpy(two, &sum, 2);
	total += tl_load_be16(two);
	total +=
		tl_checksum_sum(tl_bytes(packet.at + offset, payload - offset));
	return (uint16_t)~fold(total);
}

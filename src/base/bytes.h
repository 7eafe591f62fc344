/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - runs of bytes, passed by value
 *
 * `struct bytes` is read-only, `struct buffer` may be written. Neither owns
 * what it points to: the memory must outlive the slice. An empty slice may
 * have a null pointer.
 */
#ifndef TL_BASE_BYTES_H
#define TL_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/**
 * struct bytes - Read-only run of bytes
 * @at:		first byte; borrowed
 * @n:		length in bytes
 */
struct bytes {
	const uint8_t *at;
	size_t n;
};

/**
 * struct buffer - Writable run of bytes
 * @at:		first byte; borrowed
 * @n:		length in bytes
 */
struct buffer {
	uint8_t *at;
	size_t n;
};

static inline struct bytes tl_bytes(const void *at, size_t n)
{
	return (struct bytes){ .at = at, .n = n };
}

static inline struct buffer tl_buffer(void *at, size_t n)
{
	return (struct buffer){ .at = at, .n = n };
}

/* A whole array. Not for pointers. */
#define TL_BYTES_OF(array) tl_bytes((array), sizeof(array))
#define TL_BUFFER_OF(array) tl_buffer((array), sizeof(array))

static inline struct bytes tl_buffer_bytes(struct buffer b)
{
	return tl_bytes(b.at, b.n);
}

/* The text of @s without its terminating zero. */
struct bytes tl_bytes_from_str(const char *s);

/* What is left after the first @n bytes; empty if there are fewer. */
static inline struct bytes tl_bytes_skip(struct bytes b, size_t n)
{
	return n >= b.n ? tl_bytes(NULL, 0) : tl_bytes(b.at + n, b.n - n);
}

static inline struct buffer tl_buffer_skip(struct buffer b, size_t n)
{
	return n >= b.n ? tl_buffer(NULL, 0) : tl_buffer(b.at + n, b.n - n);
}

/* The first @n bytes, or all of them if there are fewer. */
static inline struct bytes tl_bytes_first(struct bytes b, size_t n)
{
	return tl_bytes(b.at, n < b.n ? n : b.n);
}

/* Not constant in time: never for secrets or authenticators. */
bool tl_bytes_equal(struct bytes a, struct bytes b);

/* Order by content, the shorter first when one begins the other. */
int tl_bytes_compare(struct bytes a, struct bytes b);

/**
 * tl_equal_ct() - Compare secrets or authenticators in constant time
 * @a, @b:	@n bytes each
 *
 * Return: true if all bytes are equal. The time depends on @n only.
 */
TL_MUST_USE bool tl_equal_ct(const void *a, const void *b, size_t n);

/* Erase a secret. The compiler cannot leave it out. */
void tl_wipe(void *at, size_t n);

/* Big-endian loads and stores, at any alignment. */
static inline uint16_t tl_load_be16(const uint8_t *p)
{
	return (uint16_t)((unsigned int)p[0] << 8 | p[1]);
}

static inline uint32_t tl_load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t tl_load_be40(const uint8_t *p)
{
	return (uint64_t)p[0] << 32 | tl_load_be32(p + 1);
}

static inline uint64_t tl_load_be64(const uint8_t *p)
{
	return (uint64_t)tl_load_be32(p) << 32 | tl_load_be32(p + 4);
}

static inline void tl_store_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void tl_store_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static inline void tl_store_be40(uint8_t *p, uint64_t v)
{
	p[0] = (uint8_t)(v >> 32);
	tl_store_be32(p + 1, (uint32_t)v);
}

static inline void tl_store_be64(uint8_t *p, uint64_t v)
{
	tl_store_be32(p, (uint32_t)(v >> 32));
	tl_store_be32(p + 4, (uint32_t)v);
}

#endif /* TL_BASE_BYTES_H */

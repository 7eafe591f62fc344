/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lz4.h - LZ4 blocks
 *
 * By the library where it is built, which is fast. A build without it encodes
 * nothing and decodes by the plain code, which is in every build, so that both
 * can be compared. Blocks of packets only: no more than 64 KB.
 */
#ifndef TL_WIRE_LZ4_H
#define TL_WIRE_LZ4_H

#include "base/bytes.h"

/* Encode @in. Return: the length of the block, or 0 if it does not fit @out or
 * nothing is encoded here. */
size_t tl_lz4_encode(struct buffer out, struct bytes in);

/**
 * tl_lz4_decode() - Decode a block
 * @out:	has room for as much as it may be; undefined after a failure
 * @block:	without a match at offset 0
 *
 * Return: the length of what is in @out; 0 if the block is malformed, empty or
 * too long.
 */
size_t tl_lz4_decode(struct buffer out, struct bytes block);

/* The same, without the library. Refuses a match at offset 0. */
size_t tl_lz4_decode_plain(struct buffer out, struct bytes block);

#endif /* TL_WIRE_LZ4_H */

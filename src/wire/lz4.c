/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/lz4.h"

#include <lz4.h>

size_t tl_lz4_encode(struct buffer out, struct bytes in)
{
	int n = LZ4_compress_default((const char *)in.at, (char *)out.at,
				     (int)in.n, (int)out.n);

	return n > 0 ? (size_t)n : 0;
}

size_t tl_lz4_decode(struct buffer out, struct bytes block)
{
	int n = LZ4_decompress_safe((const char *)block.at, (char *)out.at,
				    (int)block.n, (int)out.n);

	return n > 0 ? (size_t)n : 0;
}

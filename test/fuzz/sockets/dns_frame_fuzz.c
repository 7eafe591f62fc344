/* SPDX-License-Identifier: Apache-2.0 */
/* Messages in a stream that comes in pieces. The first byte says how long these
 * are, the second how long a message may be. */
#include "sockets/dns_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_frame f = { 0 };
	struct bytes stream, piece;
	size_t n = 0;
	int r = 0;

	if (size < 2)
		return 0;
	f.max = data[1];
	for (stream = tl_bytes(data + 2, size - 2); stream.n > 0 && !r;
	     stream = tl_bytes_skip(stream, n)) {
		n = 1 + data[0] % 16;
		piece = tl_bytes_first(stream, n);
		while (piece.n > 0 && !r) {
			r = tl_dns_frame_take(&f, &piece);
			if (r || !tl_dns_frame_is_whole(&f))
				continue;
			tl_assert(tl_dns_frame_message(&f).n <= f.max);
			tl_dns_frame_clear(&f);
		}
	}
	tl_dns_frame_clear(&f);
	return 0;
}

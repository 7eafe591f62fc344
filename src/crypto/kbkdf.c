/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/kbkdf.h"

#include "crypto/hash.h"

#define MESSAGE_LEN 13

void tl_kbkdf(uint8_t out[KBKDF_OUT_LEN], const uint8_t key[KBKDF_KEY_LEN],
	      char label, uint8_t context, uint32_t iteration)
{
	uint8_t message[MESSAGE_LEN] = { 0 };

	tl_store_be32(message, iteration);
	message[4] = 'Z';
	message[5] = 'T';
	message[6] = (uint8_t)label;
	message[8] = context;
	tl_store_be32(message + 9, 8 * KBKDF_OUT_LEN);
	tl_hmac_sha384(out, tl_bytes(key, KBKDF_KEY_LEN), TL_BYTES_OF(message));
}

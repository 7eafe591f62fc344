/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/poly1305.h"

#include <sodium.h>

void tl_poly1305(uint8_t tag[POLY1305_TAG_LEN],
		 const uint8_t key[POLY1305_KEY_LEN], struct bytes message)
{
	crypto_onetimeauth_poly1305(tag, message.at, message.n, key);
}

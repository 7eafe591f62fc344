/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"

#include <errno.h>
#include <sodium.h>

int tl_crypto_init(void)
{
	return sodium_init() < 0 ? -ENOSYS : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto.h - set-up of the libraries below this layer
 *
 * Everything in this layer works without it, only slower: until it is called,
 * libsodium uses code that runs on every processor of the kind. Poly1305 takes
 * nearly three times as long then.
 */
#ifndef TL_CRYPTO_CRYPTO_H
#define TL_CRYPTO_CRYPTO_H

#include "base/compiler.h"

/**
 * tl_crypto_init() - Choose the fastest code for this processor
 *
 * For a program's start, before it has threads or a filter on system calls:
 * libsodium asks the kernel for some random bytes, for its own use. Calling it
 * again does nothing.
 *
 * Return: 0, or -ENOSYS if libsodium cannot be set up.
 */
TL_MUST_USE int tl_crypto_init(void);

#endif /* TL_CRYPTO_CRYPTO_H */

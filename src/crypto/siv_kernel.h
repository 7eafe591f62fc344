/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_kernel.h - the ways to compute AES-GMAC-SIV; for gmac_siv.c and tests
 *
 * A kernel is code for one kind of processor. The plain one runs everywhere and
 * is what all others are tested against; which one a key uses is decided when
 * the key is made. All run in constant time as far as their instructions do,
 * but for the plain one, which is as good as the library it calls.
 */
#ifndef TL_CRYPTO_SIV_KERNEL_H
#define TL_CRYPTO_SIV_KERNEL_H

#include "base/bytes.h"

struct gmac_siv;
struct siv_text;

/**
 * struct siv_kernel - One way to compute AES-GMAC-SIV
 * @name:	for people
 * @key_size:	how many bytes of a struct gmac_siv it uses
 * @is_usable:	whether this processor and its operating system can run it
 * @init:	derive what is kept of both keys; see tl_gmac_siv_init()
 * @seal, @open: see tl_gmac_siv_seal_text() and tl_gmac_siv_open_text()
 */
struct siv_kernel {
	const char *name;
	size_t key_size;
	bool (*is_usable)(void);
	void (*init)(struct gmac_siv *siv, const uint8_t *mac_key,
		     const uint8_t *aes_key);
	void (*seal)(const struct gmac_siv *siv, uint8_t *tag,
		     const uint8_t *iv, const struct siv_text *text);
	bool (*open)(const struct gmac_siv *siv, const uint8_t *tag,
		     const struct siv_text *text);
};

extern const struct siv_kernel tl_siv_plain;

/**
 * tl_siv_kernel_at() - Go through the kernels of this build
 * @i:		from 0; the fastest first, the plain one last
 *
 * Return: the kernel, whether or not it is usable here; NULL after the last.
 */
const struct siv_kernel *tl_siv_kernel_at(size_t i);

/* The fastest one that is usable here. */
const struct siv_kernel *tl_siv_kernel_best(void);

/* tl_gmac_siv_init() with a kernel of the caller's choice, a usable one. */
void tl_gmac_siv_init_with(struct gmac_siv *siv,
			   const struct siv_kernel *kernel,
			   const uint8_t *mac_key, const uint8_t *aes_key);

#endif /* TL_CRYPTO_SIV_KERNEL_H */

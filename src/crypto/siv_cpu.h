/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_cpu.h - the kernels of this build, and what the processor can do
 *
 * What the processor says is asked for once: under a hypervisor that costs
 * microseconds.
 */
#ifndef TL_CRYPTO_SIV_CPU_H
#define TL_CRYPTO_SIV_CPU_H

#include "crypto/siv_kernel.h"

#ifdef __x86_64__
extern const struct siv_kernel tl_siv_vaes512;
extern const struct siv_kernel tl_siv_vaes256;
extern const struct siv_kernel tl_siv_aesni;

/* Whether the processor has the instructions and the system keeps the
 * registers. */
bool tl_siv_has_vaes512(void);
bool tl_siv_has_vaes256(void);
bool tl_siv_has_aesni(void);
#endif

#endif /* TL_CRYPTO_SIV_CPU_H */

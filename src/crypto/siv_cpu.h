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

/* Kernels take blocks for little-endian. Clang has the intrinsics for functions
 * that alone may use them since version 16. */
#if defined(__aarch64__) && !defined(__AARCH64EB__) && defined(__linux__) &&   \
	(!defined(__clang__) || __clang_major__ >= 16)
#define SIV_ON_ARM 1
#endif

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

#ifdef SIV_ON_ARM
extern const struct siv_kernel tl_siv_arm;

/* Whether the system says that the processor has AES and PMULL. */
bool tl_siv_has_arm(void);
#endif

#endif /* TL_CRYPTO_SIV_CPU_H */

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_aesni.c - one block in a register: AES-NI and PCLMULQDQ
 */
#ifdef __x86_64__
#define SIV_TARGET "aes,pclmul,ssse3,sse4.1"

#include "crypto/siv_cpu.h"
#include "crypto/siv_x86.h"

#include "crypto/siv_single.h"

#define SIV_KERNEL tl_siv_aesni
#define SIV_NAME "aes-ni"
#define SIV_USABLE tl_siv_has_aesni

#include "crypto/siv_body.h"

#endif /* __x86_64__ */

/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/siv_cpu.h"

#include "crypto/gmac_siv.h"

#ifdef __x86_64__
#include <cpuid.h>

enum {
	HAS_ASKED = 1,
	HAS_AESNI = 2,
	HAS_VAES256 = 4,
	HAS_VAES512 = 8
};

/* Bits of CPUID, as Intel's manual numbers them (vol. 2A, CPUID). */
#define LEAF1_ECX_AESNI (bit_PCLMUL | bit_SSSE3 | bit_SSE4_1 | bit_AES)
#define LEAF1_ECX_AVX (bit_OSXSAVE | bit_AVX)
#define LEAF7_EBX_AVX512 (bit_AVX512F | bit_AVX512BW | bit_AVX512VL)
#define LEAF7_ECX_VAES (1u << 9 | 1u << 10) /* VAES, VPCLMULQDQ */
#define XCR0_AVX 0x06u
#define XCR0_AVX512 0xe6u

static bool has_all(unsigned int have, unsigned int want)
{
	return (have & want) == want;
}

/* Which registers the operating system saves; needs OSXSAVE. */
static unsigned int saved_registers(void)
{
	unsigned int low;
	unsigned int high;

	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

static unsigned int ask_processor(void)
{
	unsigned int eax;
	unsigned int ebx;
	unsigned int ecx;
	unsigned int edx;
	unsigned int saved;
	unsigned int has = HAS_ASKED;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) ||
	    !has_all(ecx, LEAF1_ECX_AESNI))
		return has;
	has |= HAS_AESNI;
	if (!has_all(ecx, LEAF1_ECX_AVX))
		return has;
	saved = saved_registers();
	if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) ||
	    !has_all(ecx, LEAF7_ECX_VAES) || !has_all(ebx, bit_AVX2) ||
	    !has_all(saved, XCR0_AVX))
		return has;
	has |= HAS_VAES256;
	if (has_all(ebx, LEAF7_EBX_AVX512) && has_all(saved, XCR0_AVX512))
		has |= HAS_VAES512;
	return has;
}

/* Threads that ask at the same time get the same answer. */
static bool has(unsigned int what)
{
	static _Atomic unsigned int answer;

	if (!answer)
		answer = ask_processor();
	return (answer & what) == what;
}

bool tl_siv_has_aesni(void)
{
	return has(HAS_AESNI);
}

bool tl_siv_has_vaes256(void)
{
	return has(HAS_VAES256);
}

bool tl_siv_has_vaes512(void)
{
	return has(HAS_VAES512);
}
#endif /* __x86_64__ */

#ifdef SIV_ON_ARM
#include <sys/auxv.h>

/* Bits of AT_HWCAP, as the kernel's documentation numbers them. */
#define HWCAP_BITS (1u << 3 | 1u << 4) /* AES, PMULL */

bool tl_siv_has_arm(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_BITS) == HWCAP_BITS;
}
#endif

static const struct siv_kernel *const kernels[] = {
#ifdef __x86_64__
	&tl_siv_vaes512, &tl_siv_vaes256, &tl_siv_aesni,
#endif
#ifdef SIV_ON_ARM
	&tl_siv_arm,
#endif
	&tl_siv_plain,
};

const struct siv_kernel *tl_siv_kernel_at(size_t i)
{
	return i < TL_ARRAY_SIZE(kernels) ? kernels[i] : NULL;
}

const struct siv_kernel *tl_siv_kernel_best(void)
{
	size_t i = 0;

	while (!kernels[i]->is_usable())
		i++;
	return kernels[i];
}

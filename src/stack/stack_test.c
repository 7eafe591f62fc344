/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>

#include "stack/lan_test.h"

#include "stack/arch/cc.h"
#include "stack/arch/hooks.h"
#include "lwip/priv/tcp_priv.h"

TEST(stack_starts_again_after_it_ended)
{
	lan_start(1400);
	lan_stop();
	lan_start(1400);
	CHECK_EQ(tl_stack_next_us(), INT64_MAX);
	lan_stop();
}

TEST(stack_sequence_numbers_follow_rfc_6528)
{
	ip_addr_t a = lan_ip(4, 1);
	ip_addr_t b = lan_ip(4, 2);
	uint32_t first;
	uint32_t other;

	lan_start(1400);
	first = tl_lwip_isn(&a, 1000, &b, 80);
	other = tl_lwip_isn(&a, 1001, &b, 80);
	CHECK_EQ(tl_lwip_isn(&a, 1000, &b, 80), first);
	CHECK(other != first);
	CHECK(tl_lwip_isn(&b, 1000, &a, 80) != first);
	(void)tl_stack_run(lan.now_us + 4000);
	CHECK_EQ(tl_lwip_isn(&a, 1000, &b, 80), first + 1000);
	CHECK_EQ(tl_lwip_isn(&a, 1001, &b, 80), other + 1000);
	lan_stop();
}

TEST(stack_gives_lwip_memory_up_to_a_limit)
{
	enum {
		BLOCK = 16 << 20
	};
	void *blocks[17];
	size_t n;
	size_t i;

	for (n = 0; n < 17; n++) {
		blocks[n] = tl_lwip_malloc(BLOCK);
		if (!blocks[n])
			break;
	}
	CHECK_EQ(n, 16);
	for (i = 0; i < n; i++)
		tl_lwip_free(blocks[i]);
	blocks[0] = tl_lwip_calloc(4, 4);
	CHECK(blocks[0]);
	CHECK_EQ(((uint8_t *)blocks[0])[15], 0);
	tl_lwip_free(blocks[0]);
	CHECK(!tl_lwip_calloc(SIZE_MAX / 2, 4));
	tl_lwip_free(NULL);
}

/* Whatever is kept for the next one is counted as free, and is not mixed up. */
TEST(stack_gives_small_blocks_again)
{
	enum {
		BLOCKS = 3000
	};
	static uint8_t *blocks[BLOCKS];
	size_t limit;
	size_t i, j;

	for (j = 0; j < 3; j++) {
		for (i = 0; i < BLOCKS; i++) {
			blocks[i] = tl_lwip_malloc(i % 300);
			CHECK(blocks[i]);
			memset(blocks[i], (int)i, i % 300);
		}
		CHECK(tl_stack_memory(&limit) > BLOCKS * 100);
		for (i = 0; i < BLOCKS; i++) {
			size_t n = i % 300;

			CHECK(n == 0 || (blocks[i][0] == (uint8_t)i &&
					 blocks[i][n - 1] == (uint8_t)i));
			tl_lwip_free(blocks[i]);
		}
		CHECK_EQ(tl_stack_memory(&limit), 0);
	}
	tl_stack_memory_trim();
	blocks[0] = tl_lwip_calloc(1, 200);
	for (i = 0; i < 200; i++)
		CHECK_EQ(blocks[0][i], 0);
	tl_lwip_free(blocks[0]);
	tl_stack_memory_trim();
}

TEST(stack_survives_a_pool_without_packets)
{
	struct udp_pcb *pcb;
	ip_addr_t to = lan_ip(4, 2);
	struct pbuf *p;

	lan_start(1400);
	lan.pool.limit = 0;
	pcb = udp_new();
	udp_bind_netif(pcb, tl_ifc_netif(lan.ifc[0]));
	p = pbuf_alloc(PBUF_TRANSPORT, 3000, PBUF_RAM);
	memset(p->payload, 0, p->len);
	CHECK_EQ(udp_sendto(pcb, p, &to, 9), ERR_MEM);
	pbuf_free(p);
	udp_remove(pcb);
	CHECK(tl_stack_drops()->n[DROP_NO_MEMORY] > 0);
	lan_stop();
}

TEST(stack_interfaces_fail_cleanly_without_memory)
{
	static const struct ifc_ops ops = { .output = lan_output };
	struct ifc_config config = { .mtu = 1400, .ops = &ops };
	struct ifc *ifc;

	lan_start(1400);
	tl_alloc_fail_after(0);
	CHECK_EQ(tl_ifc_new(&ifc, &config), -ENOMEM);
	tl_alloc_fail_after(-1);
	lan_stop();
}

static void small_fill(void *out, size_t n)
{
	memset(out, 7, n);
}

/* What it finds is nothing of the other thread's, nor does it leave anything
 * there. */
static void *run_another(void *unused)
{
	static const struct ifc_ops ops = { .output = lan_output };
	struct ifc_config config = { .mtu = 1400, .ops = &ops };
	struct packet_pool pool;
	struct tcp_pcb *pcb;
	struct ifc *ifc;

	(void)unused;
	CHECK(!netif_list);
	CHECK(!tcp_bound_pcbs);
	tl_packet_pool_init(&pool, 16, 64);
	CHECK_EQ(tl_stack_init(&pool, small_fill, 0), 0);
	CHECK_EQ(tl_stack_next_us(), INT64_MAX);
	CHECK_EQ(tl_ifc_new(&ifc, &config), 0);
	pcb = tcp_new();
	CHECK_EQ(tcp_bind(pcb, IP_ADDR_ANY, 4000), ERR_OK);
	CHECK(tcp_bound_pcbs == pcb);
	CHECK_EQ(tl_stack_drops()->n[DROP_BAD_FRAME], 0);
	tcp_abort(pcb);
	tl_ifc_free(ifc);
	tl_stack_fini();
	tl_packet_pool_fini(&pool);
	return NULL;
}

TEST(stack_is_the_threads_own)
{
	struct tcp_pcb *pcb;
	pthread_t thread;
	uint8_t junk[4] = { 0 };

	lan_start(1400);
	pcb = tcp_new();
	CHECK_EQ(tcp_bind(pcb, IP_ADDR_ANY, 4000), ERR_OK);
	(void)tl_ifc_input(lan.ifc[0], lan_mac[0], lan_mac[1], 0x0800,
			   TL_BUFFER_OF(junk));
	CHECK_EQ(tl_stack_drops()->n[DROP_BAD_FRAME], 1);
	CHECK_EQ(pthread_create(&thread, NULL, run_another, NULL), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK(tcp_bound_pcbs == pcb);
	CHECK(netif_list);
	CHECK_EQ(tl_stack_drops()->n[DROP_BAD_FRAME], 1);
	tcp_abort(pcb);
	lan_stop();
}

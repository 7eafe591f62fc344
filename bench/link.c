/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.c - a long and lossy link between two interfaces
 *
 *	link ONE OTHER DELAY_US LOSS_PPM SEED	until it is terminated
 *
 * Carries every frame that comes in at one interface out at the other, DELAY_US
 * after it came, and loses LOSS_PPM of a million at random, each way by itself.
 * Says "ready" when it does, and at its end what it has done, as JSON.
 *
 * Theory of operation. The kernel puts frames and the times when they came into
 * a ring of packet(7); they stay there until they are due and go out from
 * there, so the ring is the queue of the link: FRAMES long, and what does not
 * fit is dropped by the kernel, as a router would. Frames come with the header
 * of virtio, as the sums of those from a local sender are still to be made.
 * They must come one by one: whoever sends to these interfaces is to segment
 * before (gso_max_segs 1), for what does not fit into a slot is an error.
 */
#include "endpoint.h"

#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define FRAMES 65536
#define SLOT 2048
#define BLOCK 65536
#define BATCH 64
#define VNET sizeof(struct virtio_net_hdr)

/* What comes in at one interface; it goes out at the other's socket. */
struct way {
	int in;
	int out;
	uint8_t *ring;
	unsigned int head;
	uint64_t random;
	uint64_t carried;
	uint64_t lost;
	uint64_t refused; /* by the other interface */
};

static volatile sig_atomic_t is_over;
static int64_t delay_ns;
static uint64_t loss_ppm;

static void on_term(int sig)
{
	(void)sig;
	is_over = 1;
}

static int64_t real_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void set_int(int fd, int option, int value, const char *what)
{
	if (setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)))
		die(what);
}

static void open_way(struct way *w, const char *name)
{
	struct tpacket_req ring = {
		.tp_block_size = BLOCK,
		.tp_block_nr = FRAMES / (BLOCK / SLOT),
		.tp_frame_size = SLOT,
		.tp_frame_nr = FRAMES,
	};
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};

	w->in = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (w->in < 0 || !at.sll_ifindex)
		die(name);
	set_int(w->in, PACKET_VERSION, TPACKET_V2, "PACKET_VERSION");
	set_int(w->in, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
	set_int(w->in, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
	if (setsockopt(w->in, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)))
		die("PACKET_RX_RING");
	w->ring = mmap(NULL, (size_t)FRAMES * SLOT, PROT_READ | PROT_WRITE,
		       MAP_SHARED, w->in, 0);
	if (w->ring == MAP_FAILED)
		die("mmap");
	if (bind(w->in, (struct sockaddr *)&at, sizeof(at)))
		die(name);
}

/* Return: the frame @i behind the first, or NULL if it has not come. */
static struct tpacket2_hdr *frame_at(const struct way *w, unsigned int i)
{
	uint8_t *slot = w->ring + (size_t)((w->head + i) % FRAMES) * SLOT;
	struct tpacket2_hdr *h = (void *)slot;

	if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) &
	      TP_STATUS_USER))
		return NULL;
	return h;
}

static int64_t due_ns(const struct tpacket2_hdr *h)
{
	return (int64_t)h->tp_sec * 1000000000 + h->tp_nsec + delay_ns;
}

/* xorshift64 */
static bool is_lost(struct way *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random % 1000000 < loss_ppm;
}

static void release(struct way *w, unsigned int n)
{
	struct tpacket2_hdr *h;
	unsigned int i;

	for (i = 0; i < n; i++) {
		h = frame_at(w, i);
		__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
	}
	w->head = (w->head + n) % FRAMES;
}

/* One refused datagram must not stop those behind it. */
static void send_all(struct way *w, struct mmsghdr *batch, unsigned int n)
{
	unsigned int done = 0;
	int sent;

	while (done < n) {
		sent = sendmmsg(w->out, batch + done, n - done, 0);
		if (sent <= 0) {
			w->refused++;
			sent = 1;
		} else {
			w->carried += (uint64_t)sent;
		}
		done += (unsigned int)sent;
	}
}

/* Return: whether there may be more that is due. */
static bool carry(struct way *w, int64_t now)
{
	struct mmsghdr batch[BATCH] = { 0 };
	struct iovec iov[BATCH];
	struct tpacket2_hdr *h;
	unsigned int seen = 0;
	unsigned int n = 0;

	for (; seen < BATCH; seen++) {
		h = frame_at(w, seen);
		if (!h || due_ns(h) > now)
			break;
		if (h->tp_snaplen < h->tp_len) {
			errno = EMSGSIZE;
			die("a frame came that was not segmented");
		}
		if (is_lost(w)) {
			w->lost++;
			continue;
		}
		iov[n].iov_base = (uint8_t *)h + h->tp_mac - VNET;
		iov[n].iov_len = h->tp_snaplen + VNET;
		batch[n].msg_hdr.msg_iov = &iov[n];
		batch[n].msg_hdr.msg_iovlen = 1;
		n++;
	}
	send_all(w, batch, n);
	release(w, seen);
	return seen == BATCH;
}

/* Until a frame is due, or one comes where there is none */
static void await(struct way *ways)
{
	struct pollfd p[2];
	struct tpacket2_hdr *h;
	struct timespec ts;
	int64_t wait_ns = INT64_MAX;
	int64_t left_ns;
	int i;

	for (i = 0; i < 2; i++) {
		h = frame_at(&ways[i], 0);
		p[i] = (struct pollfd){ h ? -1 : ways[i].in, POLLIN, 0 };
		left_ns = h ? due_ns(h) - real_ns() : INT64_MAX;
		wait_ns = left_ns < wait_ns ? left_ns : wait_ns;
	}
	if (wait_ns <= 0)
		return;
	/* Not for ever: the signal may have come before the call. */
	if (wait_ns > 1000000000)
		wait_ns = 1000000000;
	ts = (struct timespec){ wait_ns / 1000000000, wait_ns % 1000000000 };
	if (ppoll(p, 2, &ts, NULL) < 0 && errno != EINTR)
		die("ppoll");
}

static unsigned int full_of(const struct way *w)
{
	struct tpacket_stats stats = { 0 };
	socklen_t len = sizeof(stats);

	if (getsockopt(w->in, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		die("PACKET_STATISTICS");
	return stats.tp_drops;
}

static void report(const struct way *w)
{
	printf("{\"carried\": %llu, \"back_carried\": %llu, \"lost\": %llu, "
	       "\"back_lost\": %llu, \"full\": %u, \"back_full\": %u, "
	       "\"refused\": %llu}\n",
	       (unsigned long long)w[0].carried,
	       (unsigned long long)w[1].carried, (unsigned long long)w[0].lost,
	       (unsigned long long)w[1].lost, full_of(&w[0]), full_of(&w[1]),
	       (unsigned long long)(w[0].refused + w[1].refused));
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_term };
	struct way ways[2] = { 0 };
	bool over = false;
	bool more;
	int i;

	if (argc != 6) {
		fputs("usage: link ONE OTHER DELAY_US LOSS_PPM SEED\n", stderr);
		return 2;
	}
	sigaction(SIGTERM, &sa, NULL);
	prctl(PR_SET_TIMERSLACK, 1);
	delay_ns = strtoll(argv[3], NULL, 10) * 1000;
	loss_ppm = strtoull(argv[4], NULL, 10);
	for (i = 0; i < 2; i++) {
		ways[i].random = strtoull(argv[5], NULL, 10) * 2 + 1 +
				 (uint64_t)i * 0x9e3779b97f4a7c15u;
		open_way(&ways[i], argv[1 + i]);
	}
	ways[0].out = ways[1].in;
	ways[1].out = ways[0].in;
	puts("ready");
	fflush(stdout);
	while (!over) {
		/* What came before the signal still goes, if it is due. */
		over = is_over;
		for (i = 0; i < 2; i++) {
			do {
				more = carry(&ways[i], real_ns());
			} while (more);
		}
		if (!over)
			await(ways);
	}
	report(ways);
	return 0;
}

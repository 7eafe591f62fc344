/* SPDX-License-Identifier: Apache-2.0 */
#include "service/pcapng.h"

#include <string.h>

enum block {
	BLOCK_INTERFACE = 1,
	BLOCK_STATS = 5,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,
};

enum option {
	OPTION_END = 0,
	OPTION_IF_NAME = 2,
	OPTION_IF_DESCRIPTION = 3,
	OPTION_IF_TSRESOL = 9,
	OPTION_SHB_USERAPPL = 4,
	OPTION_EPB_FLAGS = 2,
	OPTION_ISB_START = 2,
	OPTION_ISB_END = 3,
	OPTION_ISB_RECEIVED = 4,
	OPTION_ISB_DROPPED = 5,
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define FLAG_INBOUND 1
#define FLAG_OUTBOUND 2
#define MICROSECONDS 6 /* ten to the minus this */

static void pad(struct writer *w, size_t n)
{
	tl_write_zeroes(w, (4 - n % 4) % 4);
}

/* Returns where the block begins; its length comes with end(). */
static size_t begin(struct writer *w, enum block type)
{
	size_t at = w->n;

	tl_write_be32(w, type);
	tl_write_be32(w, 0);
	return at;
}

static void end(struct writer *w, size_t at)
{
	uint32_t n = (uint32_t)(w->n - at + 4);

	tl_write_be32(w, n);
	if (tl_writer_ok(w))
		tl_store_be32(w->room.at + at + 4, n);
}

static void option(struct writer *w, enum option code, struct bytes value)
{
	tl_write_be16(w, (uint16_t)code);
	tl_write_be16(w, (uint16_t)value.n);
	tl_write_bytes(w, value);
	pad(w, value.n);
}

static void option_text(struct writer *w, enum option code, const char *text)
{
	option(w, code,
	       tl_bytes_first(tl_bytes_from_str(text), PCAPNG_NAME_MAX));
}

static void option_u64(struct writer *w, enum option code, uint64_t v)
{
	uint8_t value[8];

	tl_store_be64(value, v);
	option(w, code, TL_BYTES_OF(value));
}

static void option_end(struct writer *w)
{
	option(w, OPTION_END, tl_bytes(NULL, 0));
}

void tl_pcapng_section(struct writer *w, const char *application)
{
	size_t at = begin(w, BLOCK_SECTION);

	tl_write_be32(w, BYTE_ORDER_MAGIC);
	tl_write_be16(w, 1); /* version 1.0 */
	tl_write_be16(w, 0);
	tl_write_be64(w, UINT64_MAX); /* the section's length is not known */
	option_text(w, OPTION_SHB_USERAPPL, application);
	option_end(w);
	end(w, at);
}

void tl_pcapng_interface(struct writer *w, const struct pcapng_interface *i)
{
	static const uint8_t resolution = MICROSECONDS;
	size_t at = begin(w, BLOCK_INTERFACE);

	tl_write_be16(w, i->link_type);
	tl_write_be16(w, 0);
	tl_write_be32(w, i->snaplen);
	option_text(w, OPTION_IF_NAME, i->name);
	option_text(w, OPTION_IF_DESCRIPTION, i->description);
	option(w, OPTION_IF_TSRESOL, tl_bytes(&resolution, 1));
	option_end(w);
	end(w, at);
}

static void write_time(struct writer *w, int64_t us)
{
	tl_write_be32(w, (uint32_t)((uint64_t)us >> 32));
	tl_write_be32(w, (uint32_t)us);
}

void tl_pcapng_packet(struct writer *w, const struct pcapng_packet *p)
{
	size_t at = begin(w, BLOCK_PACKET);
	uint8_t flags[4];

	tl_write_be32(w, p->interface);
	write_time(w, p->time_us);
	tl_write_be32(w, (uint32_t)p->data.n);
	tl_write_be32(w, p->whole_len);
	tl_write_bytes(w, p->data);
	pad(w, p->data.n);
	tl_store_be32(flags, p->is_outbound ? FLAG_OUTBOUND : FLAG_INBOUND);
	option(w, OPTION_EPB_FLAGS, TL_BYTES_OF(flags));
	option_end(w);
	end(w, at);
}

/* The time options have their two halves in that order, too. */
void tl_pcapng_stats(struct writer *w, const struct pcapng_stats *s)
{
	size_t at = begin(w, BLOCK_STATS);

	tl_write_be32(w, s->interface);
	write_time(w, s->now_us);
	option_u64(w, OPTION_ISB_START, (uint64_t)s->start_us);
	option_u64(w, OPTION_ISB_END, (uint64_t)s->now_us);
	option_u64(w, OPTION_ISB_RECEIVED, s->received);
	option_u64(w, OPTION_ISB_DROPPED, s->dropped);
	option_end(w);
	end(w, at);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng.h - blocks of a capture file (draft-ietf-opsawg-pcapng)
 *
 * Everything is big-endian, which the section's header tells, and times are in
 * microseconds since 1970. Each function writes a whole block; if it does not
 * fit the writer fails. Interfaces are numbered as they were written, from 0.
 */
#ifndef TL_SERVICE_PCAPNG_H
#define TL_SERVICE_PCAPNG_H

#include "base/writer.h"

#define PCAPNG_ETHERNET 1
#define PCAPNG_RAW 101 /* begins with an IP header */
#define PCAPNG_PACKET_EXTRA 64 /* bytes of a packet's block but its data */
#define PCAPNG_STATS_MAX 80
#define PCAPNG_NAME_MAX 128

/* The first block of a file. @application: who made it. */
void tl_pcapng_section(struct writer *w, const char *application);

/**
 * struct pcapng_interface - Where packets are from
 * @link_type:	PCAPNG_ETHERNET or PCAPNG_RAW
 * @snaplen:	bytes of each packet that are kept
 * @name, @description: at most PCAPNG_NAME_MAX characters of each are written
 */
struct pcapng_interface {
	uint16_t link_type;
	uint32_t snaplen;
	const char *name;
	const char *description;
};

void tl_pcapng_interface(struct writer *w, const struct pcapng_interface *i);

/**
 * struct pcapng_packet - One packet
 * @interface:	its number
 * @is_outbound: it left this machine
 * @data:	what is kept of it
 * @whole_len:	how long it was
 */
struct pcapng_packet {
	uint32_t interface;
	int64_t time_us;
	bool is_outbound;
	struct bytes data;
	uint32_t whole_len;
};

void tl_pcapng_packet(struct writer *w, const struct pcapng_packet *p);

/**
 * struct pcapng_stats - What was counted at an interface
 * @start_us, @now_us: since when, and until when
 * @received:	packets seen
 * @dropped:	those of them that are missing in the file
 */
struct pcapng_stats {
	uint32_t interface;
	int64_t start_us;
	int64_t now_us;
	uint64_t received;
	uint64_t dropped;
};

void tl_pcapng_stats(struct writer *w, const struct pcapng_stats *s);

#endif /* TL_SERVICE_PCAPNG_H */

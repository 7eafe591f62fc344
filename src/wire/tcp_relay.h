/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_relay.h - what a TCP relay and its client say to each other (vl1.md 7.13)
 *
 *	 0                3        5          5+n
 *	+----------------+--------+-----------+
 *	| 0x17 0x03 0x03 | n      | message   |	looks like a record of TLS
 *	+----------------+--------+-----------+
 *
 *	greeting	major 1, minor 1, revision 2; exactly 4 bytes
 *	datagram	4, IPv4 address 4, port 2, payload
 *			6, IPv6 address 16, port 2, payload
 *	to be ignored	n = 0, or a first byte of 0
 *
 * A datagram's address is where it is to go on the way to the relay, and where
 * it came from on the way back. The reader holds one message that is not whole
 * yet, in a buffer of fixed size; it does no I/O.
 */
#ifndef TL_WIRE_TCP_RELAY_H
#define TL_WIRE_TCP_RELAY_H

#include "base/bytes.h"
#include "base/compiler.h"
#include "wire/endpoint.h"
#include "wire/header.h"

#define TCP_RELAY_HEAD 5 /* of a record */
#define TCP_RELAY_GREETING 4 /* message */
#define TCP_RELAY_ADDRESS_MAX 19 /* before an IPv6 payload */
#define TCP_RELAY_PREFIX_MAX (TCP_RELAY_HEAD + TCP_RELAY_ADDRESS_MAX)
/* The largest packet of the protocol in one datagram. */
#define TCP_RELAY_PAYLOAD_MAX PACKET_MAX_LEN
#define TCP_RELAY_MESSAGE_MAX (TCP_RELAY_ADDRESS_MAX + TCP_RELAY_PAYLOAD_MAX)
/* One message, and room to read the next ones with it. */
#define TCP_RELAY_BUFFER 16384

enum tcp_relay_kind {
	TCP_RELAY_GREETS,
	TCP_RELAY_CARRIES, /* a datagram */
	TCP_RELAY_NOTHING, /* to be ignored */
};

/**
 * struct tcp_relay_message - One message
 * @major, @minor, @revision: of a greeting's sender
 * @at:		a datagram's address and UDP port
 * @payload:	of a datagram, may be empty; borrowed
 */
struct tcp_relay_message {
	enum tcp_relay_kind kind;
	uint8_t major;
	uint8_t minor;
	uint16_t revision;
	struct endpoint at;
	struct buffer payload;
};

/**
 * tl_tcp_relay_parse() - What a record holds
 * @body:	behind the record's head; the payload will point into it
 *
 * Return: false if it is none of the messages above.
 */
TL_MUST_USE bool tl_tcp_relay_parse(struct tcp_relay_message *out,
				    struct buffer body);

/**
 * tl_tcp_relay_prefix() - What goes before a payload on the stream
 * @out:	room for TCP_RELAY_PREFIX_MAX bytes
 * @at:		family 4 or 6
 * @n:		length of the payload, at most TCP_RELAY_PAYLOAD_MAX
 *
 * Return: its length.
 */
size_t tl_tcp_relay_prefix(uint8_t *out, const struct endpoint *at, size_t n);

/* The first record of a client; @out: TCP_RELAY_HEAD + TCP_RELAY_GREETING. */
void tl_tcp_relay_greeting(uint8_t *out, uint8_t major, uint8_t minor,
			   uint16_t revision);

/**
 * struct tcp_relay_reader - Takes a stream apart
 * @begin, @end: what has been read and not yet taken out
 */
struct tcp_relay_reader {
	size_t begin;
	size_t end;
	uint8_t held[TCP_RELAY_BUFFER];
};

void tl_tcp_relay_reader_init(struct tcp_relay_reader *r);

/* Where to read more bytes of the stream into: at least one, if all messages
 * were taken. Moves what is held. */
struct buffer tl_tcp_relay_room(struct tcp_relay_reader *r);

/* @n bytes were read there. */
void tl_tcp_relay_took(struct tcp_relay_reader *r, size_t n);

enum tcp_relay_next {
	TCP_RELAY_MESSAGE, /* one is in @out, until tl_tcp_relay_room() */
	TCP_RELAY_MORE, /* read on */
	TCP_RELAY_BROKEN, /* this is no such stream: close it */
};

/* The next message that is whole. */
TL_MUST_USE enum tcp_relay_next
tl_tcp_relay_next(struct tcp_relay_reader *r, struct tcp_relay_message *out);

#endif /* TL_WIRE_TCP_RELAY_H */

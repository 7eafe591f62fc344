/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vnet.h - the header in front of a frame that a device hands over unfinished
 *
 * virtio_net_hdr of the VIRTIO specification 1.1, 5.1.6, in the machine's order
 * of bytes, as TAP devices and packet sockets use it: what is left to be done
 * to a frame, checksum and segmentation.
 */
#ifndef TL_OS_VNET_H
#define TL_OS_VNET_H

#include <string.h>

#include "base/bytes.h"

#define VNET_LEN 10

#define VNET_NEEDS_CSUM 1
#define VNET_DATA_VALID 2

#define VNET_GSO_NONE 0
#define VNET_GSO_TCP4 1
#define VNET_GSO_TCP6 4
#define VNET_GSO_UDP 5
#define VNET_GSO_ECN 0x80 /* besides one of these */

/**
 * struct vnet - What a frame lacks
 * @flags:	VNET_NEEDS_CSUM: the checksum field holds the sum of the pseudo
 *		header alone
 * @gso_type:	VNET_GSO_...
 * @head_len:	a hint; not to be believed
 * @gso_size:	bytes of payload of each segment
 * @csum_start:	where the checksum begins, from the frame's first byte
 * @csum_offset: where it is stored, from there
 */
struct vnet {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t head_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
};

static inline struct vnet tl_vnet_load(const uint8_t at[VNET_LEN])
{
	struct vnet v = { .flags = at[0], .gso_type = at[1] };

	memcpy(&v.head_len, at + 2, 2);
	memcpy(&v.gso_size, at + 4, 2);
	memcpy(&v.csum_start, at + 6, 2);
	memcpy(&v.csum_offset, at + 8, 2);
	return v;
}

static inline void tl_vnet_store(uint8_t at[VNET_LEN], const struct vnet *v)
{
	at[0] = v->flags;
	at[1] = v->gso_type;
	memcpy(at + 2, &v->head_len, 2);
	memcpy(at + 4, &v->gso_size, 2);
	memcpy(at + 6, &v->csum_start, 2);
	memcpy(at + 8, &v->csum_offset, 2);
}

#endif /* TL_OS_VNET_H */

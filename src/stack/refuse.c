/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refuse.c - listeners that are not there for everybody
 *
 * One listener may be for several interfaces, and its owner may not be one of
 * those for whom all of them are. Then the segment is answered as if nobody
 * listened at that port.
 */
#include "stack/internal.h"

#include "lwip/ip.h"
#include "lwip/priv/tcp_priv.h"
#include "stack/arch/hooks.h"

static bool (*takes_syn)(void *listener, const struct ifc *ifc);

void tl_stack_on_syn(bool (*takes)(void *listener, const struct ifc *ifc))
{
	takes_syn = takes;
}

/* RFC 793 3.4: what has an acknowledgement is reset there, all else at 0. */
static void reset(const struct tcp_hdr *hdr, const struct pbuf *p)
{
	u8_t flags = TCPH_FLAGS(hdr);
	u32_t n = p->tot_len;

	if (flags & TCP_RST)
		return;
	n += flags & (TCP_SYN | TCP_FIN) ? 1U : 0U;
	tcp_rst(NULL, flags & TCP_ACK ? hdr->ackno : 0, hdr->seqno + n,
		ip_current_dest_addr(), ip_current_src_addr(), hdr->dest,
		hdr->src);
}

int tl_lwip_takes(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr,
		  const struct pbuf *p)
{
	const struct ifc *ifc = tl_ifc_of_netif(ip_current_input_netif());

	if (!takes_syn || !ifc || ifc->config.is_hidden ||
	    takes_syn(pcb->callback_arg, ifc))
		return 1;
	reset(hdr, p);
	return 0;
}

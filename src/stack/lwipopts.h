/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lwipopts.h - how lwIP is configured
 *
 * The reasons are in doc/stack.md. lwIP does TCP, UDP, ICMP echo and
 * reassembly; neighbours, routes, fragmentation, loopback and groups are ours.
 */
#ifndef TL_STACK_LWIPOPTS_H
#define TL_STACK_LWIPOPTS_H

/* One thread, raw API, no operating system. */
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_TIMERS 0

/* Memory comes from stack/memory.c, which keeps the total under a limit. */
#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#if __SIZEOF_POINTER__ == 8 /* what malloc(3) gives */
#define MEM_ALIGNMENT 16
#else
#define MEM_ALIGNMENT 8
#endif
#define mem_clib_malloc tl_lwip_malloc
#define mem_clib_calloc tl_lwip_calloc
#define mem_clib_free tl_lwip_free

#define LWIP_ARP 0
#define LWIP_ETHERNET 0
#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_RAW 1 /* replies to echo requests of sockets */
#define LWIP_DNS 0
#define LWIP_DHCP 0
#define LWIP_IGMP 0
#define LWIP_IPV6_MLD 0
#define LWIP_IPV6_AUTOCONFIG 0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define LWIP_IPV6_DHCP6 0
#define LWIP_ND6_ALLOW_RA_UPDATES 0
#define LWIP_ND6_TCP_REACHABILITY_HINTS 0
#define LWIP_IPV6_NUM_ADDRESSES 33
#define LWIP_IPV6_SCOPES 1

#define LWIP_NETIF_LOOPBACK 0
#define LWIP_HAVE_LOOPIF 0
#define LWIP_NETIF_TX_SINGLE_PBUF 0
#define LWIP_NETIF_API 0
#define LWIP_NETIF_HOSTNAME 0
#define LWIP_SUPPORT_CUSTOM_PBUF 1
#define PBUF_LINK_HLEN 0
#define PBUF_LINK_ENCAPSULATION_HLEN 0

/* Fragments are cut in stack/output.c and joined by lwIP. */
#define IP_FRAG 0
#define LWIP_IPV6_FRAG 0
#define IP_REASSEMBLY 1
#define LWIP_IPV6_REASS 1
#define IPV6_FRAG_COPYHEADER 1
#define IP_REASS_MAX_PBUFS 1024
#define IP_REASS_MAXAGE 30
#define IPV6_REASS_MAXAGE 30
#define IP_DEFAULT_TTL 64
#define LWIP_ICMP6_HL 64
#define LWIP_ICMP 1
#define LWIP_ICMP6 1
/* Behind the IP header; 576 bytes in all (RFC 1812 4.3.2.3). */
#define ICMP_DEST_UNREACH_DATASIZE 528
#define LWIP_MULTICAST_PING 1
#define LWIP_BROADCAST_PING 0

#define LWIP_UDP 1
#define LWIP_UDPLITE 0
#define LWIP_MULTICAST_TX_OPTIONS 1
#define LWIP_NETBUF_RECVINFO 0

#define LWIP_TCP 1
#define TCP_TMR_INTERVAL 25
#define TCP_MSS 9960
#define TCP_OVERSIZE 1024
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 7
#define TCP_WND (4 * 1024 * 1024)
#define TCP_SND_BUF (4 * 1024 * 1024)
#define TCP_SND_QUEUELEN 60000
#define TCP_SNDLOWAT 16384
#define TCP_SNDQUEUELOWAT 1000
#define TCP_WND_UPDATE_THRESHOLD (256 * 1024)
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 0
#define TCP_OOSEQ_PBUFS_LIMIT(pcb) tl_lwip_ooseq_limit()
#define LWIP_TCP_SACK_OUT 1
#define LWIP_TCP_TIMESTAMPS 0
#define LWIP_TCP_KEEPALIVE 1
#define TCP_LISTEN_BACKLOG 1
#define TCP_DEFAULT_LISTEN_BACKLOG 128
#define TCP_MSL 30000UL
#define TCP_MAXRTX 12
#define TCP_SYNMAXRTX 6
#define LWIP_TCP_RTO_TIME 1000
#define TL_TCP_RTO_MIN_MS 50
#define TL_TCP_RTO_DELACK_MS 200 /* of a single segment */
#define TL_TCP_RTO_MAX_MS 120000
#define SO_REUSE 1
#define SO_REUSE_RXTOALL 1
#define LWIP_TCP_CALC_INITIAL_CWND(mss) ((tcpwnd_size_t)(10U * (mss)))

/*
 * What comes in was authenticated by VL1. What goes out must have right sums,
 * the peer may be a kernel; TCP's is computed in stack/output.c, per segment on
 * the wire.
 */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_CHECKSUM_ON_COPY 0
#define LWIP_CHKSUM tl_checksum
#define CHECKSUM_CHECK_IP 0
#define CHECKSUM_CHECK_UDP 0
#define CHECKSUM_CHECK_TCP 0
#define CHECKSUM_CHECK_ICMP 0
#define CHECKSUM_CHECK_ICMP6 0

#define LWIP_NETIF_STATUS_CALLBACK 0
#define LWIP_NETIF_LINK_CALLBACK 0
#define LWIP_NETIF_EXT_STATUS_CALLBACK 0
#define LWIP_STATS 0
#define LWIP_TCP_PCB_NUM_EXT_ARGS 0

#define LWIP_HOOK_FILENAME "arch/hooks.h"
#define LWIP_HOOK_IP4_ROUTE_SRC(src, dest) tl_lwip_route4((src), (dest))
#define LWIP_HOOK_IP6_ROUTE(src, dest) tl_lwip_route6((src), (dest))
#define LWIP_HOOK_TCP_ISN(lip, lport, rip, rport)                              \
	tl_lwip_isn((lip), (lport), (rip), (rport))
/* Asked by our patches. */
#define LWIP_HOOK_IP4_ACCEPT(netif, dest) tl_lwip_accept4((netif), (dest))
#define LWIP_HOOK_IP6_ACCEPT(netif, dest) tl_lwip_accept6((netif), (dest))
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, hdr, optlen, opt1len, opt2, p)         \
	((pcb)->state != LISTEN || tl_lwip_takes((pcb), (hdr), (p)) ? ERR_OK   \
								    : ERR_RST)
#define LWIP_HOOK_TCP_JUMBO_MSS(netif, dest) tl_lwip_jumbo_mss((netif), (dest))
#define LWIP_HOOK_TCP_HASH(lip, lport, rip, rport)                             \
	tl_lwip_hash((lip), (lport), (rip), (rport))

#endif /* TL_STACK_LWIPOPTS_H */

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZeroTierSockets.h - the interface of libzt, on a tapless node
 *
 * For programs that were written for libzt 1.8: with this header in the place
 * of theirs they are compiled again and linked with -ltapless-zts. Names,
 * numbers, layouts and results are libzt's; what differs is in libzt-compat(3).
 * New programs are better off with tapless/tapless.h.
 *
 * Descriptors are the kernel's, so they can be used with poll(2) and epoll(7)
 * as well. Unless it is said otherwise a function that is not a question gives
 * ZTS_ERR_OK; ZTS_ERR_ARG for an argument out of its range; ZTS_ERR_SERVICE if
 * no node runs, or now is not the time. Socket calls give -1 (ZTS_ERR_SOCKET)
 * for what the socket says, with zts_errno. Questions give 1 or 0, or one of
 * these errors. Strings and structures are the caller's; nothing is kept that
 * is not copied. All functions may be called from any thread.
 */
#ifndef TAPLESS_COMPAT_ZEROTIERSOCKETS_H
#define TAPLESS_COMPAT_ZEROTIERSOCKETS_H
#define ZTS_SOCKETS_H /* libzt's guard: not both of them */

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ZTS_API __attribute__((visibility("default")))
#else
#define ZTS_API
#endif
#define ZTCALL
#define ZTS_C_API_ONLY 1
#define ZTS_DISABLE_CENTRAL_API 1

/* --- results, events, errors --- */

typedef enum {
	ZTS_ERR_OK = 0,
	ZTS_ERR_SOCKET = -1, /* zts_errno says why */
	ZTS_ERR_SERVICE = -2, /* the node does not run, or cannot */
	ZTS_ERR_ARG = -3,
	ZTS_ERR_NO_RESULT = -4, /* there is none: not an error */
	ZTS_ERR_GENERAL = -5
} zts_error_t;

/* zts_event_msg_t's event_code. Those marked * are never sent. */
typedef enum {
	ZTS_EVENT_NODE_UP = 200,
	ZTS_EVENT_NODE_ONLINE = 201,
	ZTS_EVENT_NODE_OFFLINE = 202,
	ZTS_EVENT_NODE_DOWN = 203,
	ZTS_EVENT_NODE_FATAL_ERROR = 204, /* * zts_node_start() says it */
	ZTS_EVENT_NETWORK_NOT_FOUND = 210,
	ZTS_EVENT_NETWORK_CLIENT_TOO_OLD = 211, /* * */
	ZTS_EVENT_NETWORK_REQ_CONFIG = 212,
	ZTS_EVENT_NETWORK_OK = 213,
	ZTS_EVENT_NETWORK_ACCESS_DENIED = 214,
	ZTS_EVENT_NETWORK_READY_IP4 = 215,
	ZTS_EVENT_NETWORK_READY_IP6 = 216,
	ZTS_EVENT_NETWORK_READY_IP4_IP6 = 217,
	ZTS_EVENT_NETWORK_DOWN = 218,
	ZTS_EVENT_NETWORK_UPDATE = 219, /* * */
	ZTS_EVENT_STACK_UP = 220,
	ZTS_EVENT_STACK_DOWN = 221,
	ZTS_EVENT_NETIF_UP = 230,
	ZTS_EVENT_NETIF_DOWN = 231,
	ZTS_EVENT_NETIF_REMOVED = 232, /* * */
	ZTS_EVENT_NETIF_LINK_UP = 233, /* * */
	ZTS_EVENT_NETIF_LINK_DOWN = 234, /* * */
	ZTS_EVENT_PEER_DIRECT = 240,
	ZTS_EVENT_PEER_RELAY = 241,
	ZTS_EVENT_PEER_UNREACHABLE = 242,
	ZTS_EVENT_PEER_PATH_DISCOVERED = 243, /* * */
	ZTS_EVENT_PEER_PATH_DEAD = 244, /* * */
	ZTS_EVENT_ROUTE_ADDED = 250, /* * */
	ZTS_EVENT_ROUTE_REMOVED = 251, /* * */
	ZTS_EVENT_ADDR_ADDED_IP4 = 260,
	ZTS_EVENT_ADDR_REMOVED_IP4 = 261,
	ZTS_EVENT_ADDR_ADDED_IP6 = 262,
	ZTS_EVENT_ADDR_REMOVED_IP6 = 263,
	ZTS_EVENT_STORE_IDENTITY_SECRET = 270,
	ZTS_EVENT_STORE_IDENTITY_PUBLIC = 271,
	ZTS_EVENT_STORE_PLANET = 272, /* * */
	ZTS_EVENT_STORE_PEER = 273, /* * */
	ZTS_EVENT_STORE_NETWORK = 274 /* * */
} zts_event_t;

/* Of the last socket call that failed, on whichever thread. */
extern ZTS_API int zts_errno;

/* The numbers are Linux's. */
typedef enum {
	ZTS_EPERM = 1,
	ZTS_ENOENT = 2,
	ZTS_ESRCH = 3,
	ZTS_EINTR = 4,
	ZTS_EIO = 5,
	ZTS_ENXIO = 6,
	ZTS_EBADF = 9,
	ZTS_EAGAIN = 11,
	ZTS_EWOULDBLOCK = ZTS_EAGAIN,
	ZTS_ENOMEM = 12,
	ZTS_EACCES = 13,
	ZTS_EFAULT = 14,
	ZTS_EBUSY = 16,
	ZTS_EEXIST = 17,
	ZTS_ENODEV = 19,
	ZTS_EINVAL = 22,
	ZTS_ENFILE = 23,
	ZTS_EMFILE = 24,
	ZTS_ENOSYS = 38,
	ZTS_ENOTSOCK = 88,
	ZTS_EDESTADDRREQ = 89,
	ZTS_EMSGSIZE = 90,
	ZTS_EPROTOTYPE = 91,
	ZTS_ENOPROTOOPT = 92,
	ZTS_EPROTONOSUPPORT = 93,
	ZTS_ESOCKTNOSUPPORT = 94,
	ZTS_EOPNOTSUPP = 95,
	ZTS_EPFNOSUPPORT = 96,
	ZTS_EAFNOSUPPORT = 97,
	ZTS_EADDRINUSE = 98,
	ZTS_EADDRNOTAVAIL = 99,
	ZTS_ENETDOWN = 100,
	ZTS_ENETUNREACH = 101,
	ZTS_ECONNABORTED = 103,
	ZTS_ECONNRESET = 104,
	ZTS_ENOBUFS = 105,
	ZTS_EISCONN = 106,
	ZTS_ENOTCONN = 107,
	ZTS_ETIMEDOUT = 110,
	ZTS_ECONNREFUSED = 111,
	ZTS_EHOSTUNREACH = 113,
	ZTS_EALREADY = 114,
	ZTS_EINPROGRESS = 115
} zts_errno_t;

/* --- addresses --- */

#define ZTS_MAC_ADDRSTRLEN 18
#define ZTS_INET_ADDRSTRLEN 16
#define ZTS_INET6_ADDRSTRLEN 46
#define ZTS_IP_MAX_STR_LEN ZTS_INET6_ADDRSTRLEN
#define ZTS_MAX_ENDPOINT_STR_LEN (ZTS_INET6_ADDRSTRLEN + 6)

#define ZTS_AF_UNSPEC 0
#define ZTS_AF_INET 2
#define ZTS_AF_INET6 10
#define ZTS_PF_UNSPEC ZTS_AF_UNSPEC
#define ZTS_PF_INET ZTS_AF_INET
#define ZTS_PF_INET6 ZTS_AF_INET6

/* In host byte order. */
#define ZTS_IPADDR_NONE ((uint32_t)0xffffffff)
#define ZTS_IPADDR_LOOPBACK ((uint32_t)0x7f000001)
#define ZTS_IPADDR_ANY ((uint32_t)0)
#define ZTS_IPADDR_BROADCAST ((uint32_t)0xffffffff)
#define ZTS_INADDR_NONE ZTS_IPADDR_NONE
#define ZTS_INADDR_LOOPBACK ZTS_IPADDR_LOOPBACK
#define ZTS_INADDR_ANY ZTS_IPADDR_ANY
#define ZTS_INADDR_BROADCAST ZTS_IPADDR_BROADCAST
/* clang-format off */
#define ZTS_IN6ADDR_ANY_INIT { { { 0, 0, 0, 0 } } }
/* clang-format on */

typedef uint32_t zts_socklen_t;
typedef uint32_t zts_in_addr_t;
typedef uint16_t zts_in_port_t;
typedef uint8_t zts_sa_family_t;

struct zts_in_addr {
	zts_in_addr_t s_addr; /* network byte order */
};

struct zts_in6_addr {
	union un {
		uint32_t u32_addr[4];
		uint8_t u8_addr[16];
	} un;
};

/* The first byte of each is its length, which need not be set. */
#define SIN_ZERO_LEN 8
struct zts_sockaddr_in {
	uint8_t sin_len;
	zts_sa_family_t sin_family;
	zts_in_port_t sin_port; /* network byte order */
	struct zts_in_addr sin_addr;
	char sin_zero[SIN_ZERO_LEN];
};

struct zts_sockaddr_in6 {
	uint8_t sin6_len;
	zts_sa_family_t sin6_family;
	zts_in_port_t sin6_port;
	uint32_t sin6_flowinfo;
	struct zts_in6_addr sin6_addr;
	uint32_t sin6_scope_id;
};

struct zts_sockaddr {
	uint8_t sa_len;
	zts_sa_family_t sa_family;
	char sa_data[14];
};

struct zts_sockaddr_storage {
	uint8_t s2_len;
	zts_sa_family_t ss_family;
	char s2_data1[2];
	uint32_t s2_data2[3];
	uint32_t s2_data3[3];
};

/* --- what events and queries tell --- */

#define ZTS_STORE_DATA_LEN 4096
#define ZTS_MAX_NETWORK_SHORT_NAME_LENGTH 127
#define ZTS_MAX_NETWORK_ROUTES 32
#define ZTS_MAX_ASSIGNED_ADDRESSES 16
#define ZTS_MAX_PEER_NETWORK_PATHS 64
#define ZTS_MAX_MULTICAST_SUBSCRIPTIONS 1024
#define ZTS_MAX_NUM_ROOTS 16
#define ZTS_MAX_ENDPOINTS_PER_ROOT 32
#define ZTS_ID_STR_BUF_LEN 384

typedef struct {
	uint64_t node_id;
	uint16_t port_primary;
	uint16_t port_secondary;
	uint16_t port_tertiary;
	uint8_t ver_major;
	uint8_t ver_minor;
	uint8_t ver_rev;
} zts_node_info_t;

typedef struct {
	uint64_t net_id;
	struct zts_sockaddr_storage addr;
} zts_addr_info_t;

typedef enum {
	ZTS_NETWORK_STATUS_REQUESTING_CONFIGURATION = 0,
	ZTS_NETWORK_STATUS_OK = 1,
	ZTS_NETWORK_STATUS_ACCESS_DENIED = 2,
	ZTS_NETWORK_STATUS_NOT_FOUND = 3,
	ZTS_NETWORK_STATUS_PORT_ERROR = 4,
	ZTS_NETWORK_STATUS_CLIENT_TOO_OLD = 5
} zts_network_status_t;

typedef enum {
	ZTS_NETWORK_TYPE_PRIVATE = 0,
	ZTS_NETWORK_TYPE_PUBLIC = 1
} zts_net_info_type_t;

typedef struct {
	struct zts_sockaddr_storage target; /* port: length of the prefix */
	struct zts_sockaddr_storage via;
	uint16_t flags;
	uint16_t metric;
} zts_route_info_t;

typedef struct {
	uint64_t mac;
	unsigned long adi; /* allow long */
} zts_multicast_group_t;

typedef enum {
	ZTS_PEER_ROLE_LEAF = 0,
	ZTS_PEER_ROLE_MOON = 1,
	ZTS_PEER_ROLE_PLANET = 2
} zts_peer_role_t;

typedef struct {
	uint64_t net_id;
	uint64_t mac;
	char name[ZTS_MAX_NETWORK_SHORT_NAME_LENGTH + 1];
	zts_network_status_t status;
	zts_net_info_type_t type;
	unsigned int mtu;
	int dhcp;
	int bridge;
	int broadcast_enabled;
	int port_error;
	unsigned long netconf_rev; /* allow long */
	unsigned int assigned_addr_count;
	struct zts_sockaddr_storage assigned_addrs[ZTS_MAX_ASSIGNED_ADDRESSES];
	unsigned int route_count;
	zts_route_info_t routes[ZTS_MAX_NETWORK_ROUTES];
	unsigned int multicast_sub_count;
	struct {
		uint64_t mac;
		uint32_t adi;
	} multicast_subs[ZTS_MAX_MULTICAST_SUBSCRIPTIONS];
} zts_net_info_t;

typedef struct {
	struct zts_sockaddr_storage address;
	uint64_t last_tx; /* milliseconds since 1970; 0: never */
	uint64_t last_rx;
	uint64_t trusted_path_id;
	float latency; /* milliseconds; below 0: not known */
	float unused_0;
	float unused_1;
	float unused_2;
	float unused_3;
	float unused_4;
	uint64_t unused_5;
	uint64_t unused_6;
	float unused_7;
	char *ifname;
	int expired;
	int preferred;
} zts_path_t;

typedef struct {
	uint64_t peer_id;
	int ver_major; /* -1: not known */
	int ver_minor;
	int ver_rev;
	int latency; /* milliseconds; -1: not known */
	zts_peer_role_t role;
	unsigned int path_count;
	int unused_0;
	zts_path_t paths[ZTS_MAX_PEER_NETWORK_PATHS];
} zts_peer_info_t;

typedef struct {
	char *public_id_str[ZTS_MAX_NUM_ROOTS];
	char *endpoint_ip_str[ZTS_MAX_NUM_ROOTS][ZTS_MAX_ENDPOINTS_PER_ROOT];
} zts_root_set_t;

typedef struct {
	uint64_t net_id;
	uint64_t mac;
	int mtu;
} zts_netif_info_t;

/* What an event is about is not NULL: @node, @network and so on. */
typedef struct {
	int16_t event_code;
	zts_node_info_t *node;
	zts_net_info_t *network;
	zts_netif_info_t *netif;
	zts_route_info_t *route;
	zts_peer_info_t *peer;
	zts_addr_info_t *addr;
	void *cache; /* of ZTS_EVENT_STORE_..., @len bytes */
	int len;
} zts_event_msg_t;

/* --- identities --- */

/* Make one, as text, in ZTS_ID_STR_BUF_LEN bytes at least; *@key_buf_len: the
 * room, then the length of the text. Takes about a second. */
ZTS_API int ZTCALL zts_id_new(char *key, unsigned int *key_buf_len);
/* 1 or 0. */
ZTS_API int ZTCALL zts_id_pair_is_valid(const char *key, unsigned int len);

/* --- before zts_node_start() --- */

/* Where identity and networks are kept. Without it a new identity each time, or
 * that of zts_init_from_memory(). */
ZTS_API int ZTCALL zts_init_from_storage(const char *path);
ZTS_API int ZTCALL zts_init_from_memory(const char *key, unsigned int len);

/* Called with a zts_event_msg_t *, which is valid during the call, on a thread
 * of the library's own. It may call anything here but zts_node_stop() and
 * zts_node_free(). NULL: no more. */
ZTS_API int ZTCALL zts_init_set_event_handler(void (*callback)(void *));

/* A planet file's content. */
ZTS_API int ZTCALL zts_init_set_roots(const void *roots_data, unsigned int len);

ZTS_API int ZTCALL zts_init_set_port(unsigned short port);
ZTS_API int ZTCALL zts_init_set_random_port_range(unsigned short start_port,
						  unsigned short end_port);

/* With a storage: 0 removes what is there of it before the node starts. */
ZTS_API int ZTCALL zts_init_allow_net_cache(unsigned int allowed);
ZTS_API int ZTCALL zts_init_allow_peer_cache(unsigned int allowed);
ZTS_API int ZTCALL zts_init_allow_id_cache(unsigned int allowed);
/* Taken without effect: nothing is cached of roots; these are hints. */
ZTS_API int ZTCALL zts_init_allow_roots_cache(unsigned int allowed);
ZTS_API int ZTCALL zts_init_allow_secondary_port(unsigned int allowed);
ZTS_API int ZTCALL zts_init_allow_port_mapping(unsigned int allowed);

/* There is none of this: 0 is taken, all else is ZTS_ERR_SERVICE. */
ZTS_API int ZTCALL zts_init_allow_tcp_relay(int enabled);
ZTS_API int ZTCALL zts_init_force_tcp_relay(int enabled);
ZTS_API int ZTCALL zts_init_set_low_bandwidth_mode(int enabled);
/* ZTS_ERR_SERVICE. */
ZTS_API int ZTCALL zts_init_set_tcp_relay(const char *tcp_relay_addr,
					  unsigned short tcp_relay_port);
ZTS_API int ZTCALL zts_init_blacklist_if(const char *prefix, unsigned int len);

/* --- the node --- */

/* Returns when it runs. */
ZTS_API int ZTCALL zts_node_start(void);
ZTS_API int ZTCALL zts_node_stop(void);
/* Also forgets what zts_init_...() said; all may begin anew. */
ZTS_API int ZTCALL zts_node_free(void);
ZTS_API int ZTCALL zts_node_is_online(void);
/* 0 if none runs. */
ZTS_API uint64_t ZTCALL zts_node_get_id(void);
/* As zts_id_new(). The secret key is part of it. */
ZTS_API int ZTCALL zts_node_get_id_pair(char *key, unsigned int *key_dst_len);
/* The UDP port, or ZTS_ERR_SERVICE. */
ZTS_API int ZTCALL zts_node_get_port(void);

/* Moons are not supported: ZTS_ERR_SERVICE. */
ZTS_API int ZTCALL zts_moon_orbit(uint64_t moon_roots_id, uint64_t moon_seed);
ZTS_API int ZTCALL zts_moon_deorbit(uint64_t moon_roots_id);

/* --- networks --- */

ZTS_API int ZTCALL zts_net_join(uint64_t net_id);
ZTS_API int ZTCALL zts_net_leave(uint64_t net_id);
/* Configured, with an address. */
ZTS_API int ZTCALL zts_net_transport_is_ready(uint64_t net_id);
/* The ID of the ad-hoc network for these ports. */
ZTS_API uint64_t ZTCALL zts_net_compute_adhoc_id(uint16_t start_port,
						 uint16_t end_port);

/* Of networks that are not joined: ZTS_ERR_NO_RESULT; the MAC: 0. */
ZTS_API uint64_t ZTCALL zts_net_get_mac(uint64_t net_id);
ZTS_API int ZTCALL zts_net_get_mac_str(uint64_t net_id, char *dst,
				       unsigned int len);
ZTS_API int ZTCALL zts_net_get_broadcast(uint64_t net_id);
ZTS_API int ZTCALL zts_net_get_mtu(uint64_t net_id);
ZTS_API int ZTCALL zts_net_get_name(uint64_t net_id, char *dst,
				    unsigned int len);
/* zts_network_status_t, zts_net_info_type_t */
ZTS_API int ZTCALL zts_net_get_status(uint64_t net_id);
ZTS_API int ZTCALL zts_net_get_type(uint64_t net_id);
ZTS_API int ZTCALL zts_route_is_assigned(uint64_t net_id, unsigned int family);

/* --- the node's addresses in them --- */

ZTS_API int ZTCALL zts_addr_is_assigned(uint64_t net_id, unsigned int family);
/* The first of the family; ZTS_ERR_NO_RESULT if there is none. */
ZTS_API int ZTCALL zts_addr_get(uint64_t net_id, unsigned int family,
				struct zts_sockaddr_storage *addr);
/* @len: ZTS_IP_MAX_STR_LEN, wherever an address is put as text. */
ZTS_API int ZTCALL zts_addr_get_str(uint64_t net_id, unsigned int family,
				    char *dst, unsigned int len);
/* *@count: the room, then how many there are. */
ZTS_API int ZTCALL zts_addr_get_all(uint64_t net_id,
				    struct zts_sockaddr_storage *addr,
				    unsigned int *count);
ZTS_API int ZTCALL zts_addr_compute_6plane(uint64_t net_id, uint64_t node_id,
					   struct zts_sockaddr_storage *addr);
ZTS_API int ZTCALL zts_addr_compute_rfc4193(uint64_t net_id, uint64_t node_id,
					    struct zts_sockaddr_storage *addr);
ZTS_API int ZTCALL zts_addr_compute_6plane_str(uint64_t net_id,
					       uint64_t node_id, char *dst,
					       unsigned int len);
ZTS_API int ZTCALL zts_addr_compute_rfc4193_str(uint64_t net_id,
						uint64_t node_id, char *dst,
						unsigned int len);

/* --- details; what is not there is ZTS_ERR_NO_RESULT --- */

/* Each answer is consistent by itself, so the lock does nothing. */
ZTS_API int ZTCALL zts_core_lock_obtain(void);
ZTS_API int ZTCALL zts_core_lock_release(void);
ZTS_API int ZTCALL zts_core_query_addr_count(uint64_t net_id);
ZTS_API int ZTCALL zts_core_query_addr(uint64_t net_id, unsigned int idx,
				       char *addr, unsigned int len);
ZTS_API int ZTCALL zts_core_query_route_count(uint64_t net_id);
ZTS_API int ZTCALL zts_core_query_route(uint64_t net_id, unsigned int idx,
					char *target, char *via,
					unsigned int len, uint16_t *flags,
					uint16_t *metric);
ZTS_API int ZTCALL zts_core_query_path_count(uint64_t peer_id);
ZTS_API int ZTCALL zts_core_query_path(uint64_t peer_id, unsigned int idx,
				       char *dst, unsigned int len);
ZTS_API int ZTCALL zts_core_query_mc_count(uint64_t net_id);
ZTS_API int ZTCALL zts_core_query_mc(uint64_t net_id, unsigned int idx,
				     uint64_t *mac, uint32_t *adi);

typedef struct {
	uint32_t link_tx;
	uint32_t link_rx;
	uint32_t link_drop;
	uint32_t link_err;
	uint32_t etharp_tx;
	uint32_t etharp_rx;
	uint32_t etharp_drop;
	uint32_t etharp_err;
	uint32_t ip4_tx;
	uint32_t ip4_rx;
	uint32_t ip4_drop;
	uint32_t ip4_err;
	uint32_t ip6_tx;
	uint32_t ip6_rx;
	uint32_t ip6_drop;
	uint32_t ip6_err;
	uint32_t icmp4_tx;
	uint32_t icmp4_rx;
	uint32_t icmp4_drop;
	uint32_t icmp4_err;
	uint32_t icmp6_tx;
	uint32_t icmp6_rx;
	uint32_t icmp6_drop;
	uint32_t icmp6_err;
	uint32_t udp_tx;
	uint32_t udp_rx;
	uint32_t udp_drop;
	uint32_t udp_err;
	uint32_t tcp_tx;
	uint32_t tcp_rx;
	uint32_t tcp_drop;
	uint32_t tcp_err;
	uint32_t nd6_tx;
	uint32_t nd6_rx;
	uint32_t nd6_drop;
	uint32_t nd6_err;
} zts_stats_counter_t;

/* Not counted apart: ZTS_ERR_NO_RESULT. See zt_stat() in tapless.h. */
ZTS_API int ZTCALL zts_stats_get_all(zts_stats_counter_t *dst);

/* --- sockets, as those of BSD --- */

#define ZTS_SOCK_STREAM 1
#define ZTS_SOCK_DGRAM 2
#define ZTS_SOCK_RAW 3 /* ZTS_EINVAL */

#define ZTS_IPPROTO_IP 0
#define ZTS_IPPROTO_ICMP 1
#define ZTS_IPPROTO_TCP 6
#define ZTS_IPPROTO_UDP 17
#define ZTS_IPPROTO_IPV6 41
#define ZTS_IPPROTO_ICMPV6 58
#define ZTS_IPPROTO_UDPLITE 136
#define ZTS_IPPROTO_RAW 255

#define ZTS_MSG_PEEK 0x01
#define ZTS_MSG_WAITALL 0x02
#define ZTS_MSG_OOB 0x04
#define ZTS_MSG_DONTWAIT 0x08
#define ZTS_MSG_MORE 0x10
/* in zts_msghdr's msg_flags */
#define ZTS_MSG_TRUNC 0x04
#define ZTS_MSG_CTRUNC 0x08

#define ZTS_SHUT_RD 0
#define ZTS_SHUT_WR 1
#define ZTS_SHUT_RDWR 2

struct zts_iovec {
	void *iov_base;
	size_t iov_len;
};

struct zts_msghdr {
	void *msg_name;
	zts_socklen_t msg_namelen;
	struct zts_iovec *msg_iov;
	int msg_iovlen;
	void *msg_control; /* control data is neither taken nor given */
	zts_socklen_t msg_controllen;
	int msg_flags;
};

ZTS_API int ZTCALL zts_bsd_socket(int family, int type, int protocol);
ZTS_API int ZTCALL zts_bsd_connect(int fd, const struct zts_sockaddr *addr,
				   zts_socklen_t addrlen);
ZTS_API int ZTCALL zts_bsd_bind(int fd, const struct zts_sockaddr *addr,
				zts_socklen_t addrlen);
ZTS_API int ZTCALL zts_bsd_listen(int fd, int backlog);
ZTS_API int ZTCALL zts_bsd_accept(int fd, struct zts_sockaddr *addr,
				  zts_socklen_t *addrlen);
ZTS_API int ZTCALL zts_bsd_getsockname(int fd, struct zts_sockaddr *addr,
				       zts_socklen_t *addrlen);
ZTS_API int ZTCALL zts_bsd_getpeername(int fd, struct zts_sockaddr *addr,
				       zts_socklen_t *addrlen);
ZTS_API int ZTCALL zts_bsd_shutdown(int fd, int how);
ZTS_API int ZTCALL zts_bsd_close(int fd);
ZTS_API ssize_t ZTCALL zts_bsd_send(int fd, const void *buf, size_t len,
				    int flags);
ZTS_API ssize_t ZTCALL zts_bsd_sendto(int fd, const void *buf, size_t len,
				      int flags,
				      const struct zts_sockaddr *addr,
				      zts_socklen_t addrlen);
ZTS_API ssize_t ZTCALL zts_bsd_sendmsg(int fd, const struct zts_msghdr *msg,
				       int flags);
ZTS_API ssize_t ZTCALL zts_bsd_recv(int fd, void *buf, size_t len, int flags);
ZTS_API ssize_t ZTCALL zts_bsd_recvfrom(int fd, void *buf, size_t len,
					int flags, struct zts_sockaddr *addr,
					zts_socklen_t *addrlen);
ZTS_API ssize_t ZTCALL zts_bsd_recvmsg(int fd, struct zts_msghdr *msg,
				       int flags);
ZTS_API ssize_t ZTCALL zts_bsd_read(int fd, void *buf, size_t len);
ZTS_API ssize_t ZTCALL zts_bsd_readv(int fd, const struct zts_iovec *iov,
				     int iovcnt);
ZTS_API ssize_t ZTCALL zts_bsd_write(int fd, const void *buf, size_t len);
ZTS_API ssize_t ZTCALL zts_bsd_writev(int fd, const struct zts_iovec *iov,
				      int iovcnt);

/* --- their options --- */

#define ZTS_SOL_SOCKET 0x0fff
#define ZTS_SO_DEBUG 0x0001
#define ZTS_SO_ACCEPTCONN 0x0002
#define ZTS_SO_REUSEADDR 0x0004
#define ZTS_SO_KEEPALIVE 0x0008
#define ZTS_SO_DONTROUTE 0x0010
#define ZTS_SO_BROADCAST 0x0020
#define ZTS_SO_USELOOPBACK 0x0040
#define ZTS_SO_LINGER 0x0080
#define ZTS_SO_DONTLINGER ((int)(~ZTS_SO_LINGER))
#define ZTS_SO_OOBINLINE 0x0100
#define ZTS_SO_REUSEPORT 0x0200
#define ZTS_SO_SNDBUF 0x1001
#define ZTS_SO_RCVBUF 0x1002
#define ZTS_SO_SNDLOWAT 0x1003
#define ZTS_SO_RCVLOWAT 0x1004
#define ZTS_SO_SNDTIMEO 0x1005 /* struct zts_timeval */
#define ZTS_SO_RCVTIMEO 0x1006
#define ZTS_SO_ERROR 0x1007
#define ZTS_SO_TYPE 0x1008
#define ZTS_SO_CONTIMEO 0x1009
#define ZTS_SO_NO_CHECK 0x100a
#define ZTS_SO_BINDTODEVICE 0x100b

#define ZTS_IP_TOS 1
#define ZTS_IP_TTL 2
#define ZTS_IP_ADD_MEMBERSHIP 3 /* struct zts_ip_mreq */
#define ZTS_IP_DROP_MEMBERSHIP 4
#define ZTS_IP_MULTICAST_TTL 5
#define ZTS_IP_MULTICAST_IF 6
#define ZTS_IP_MULTICAST_LOOP 7
#define ZTS_IP_PKTINFO 8

#define ZTS_TCP_NODELAY 1
#define ZTS_TCP_KEEPALIVE 2 /* milliseconds */
#define ZTS_TCP_KEEPIDLE 3 /* seconds */
#define ZTS_TCP_KEEPINTVL 4
#define ZTS_TCP_KEEPCNT 5

#define ZTS_IPV6_CHECKSUM 7
#define ZTS_IPV6_JOIN_GROUP 12 /* struct zts_ipv6_mreq */
#define ZTS_IPV6_ADD_MEMBERSHIP ZTS_IPV6_JOIN_GROUP
#define ZTS_IPV6_LEAVE_GROUP 13
#define ZTS_IPV6_DROP_MEMBERSHIP ZTS_IPV6_LEAVE_GROUP
#define ZTS_IPV6_V6ONLY 27

#define ZTS_UDPLITE_SEND_CSCOV 1
#define ZTS_UDPLITE_RECV_CSCOV 2

#define ZTS_IPTOS_TOS_MASK 0x1e
#define ZTS_IPTOS_TOS(tos) ((tos)&ZTS_IPTOS_TOS_MASK)
#define ZTS_IPTOS_LOWDELAY 0x10
#define ZTS_IPTOS_THROUGHPUT 0x08
#define ZTS_IPTOS_RELIABILITY 0x04
#define ZTS_IPTOS_LOWCOST 0x02
#define ZTS_IPTOS_MINCOST ZTS_IPTOS_LOWCOST
#define ZTS_IPTOS_PREC_MASK 0xe0
#define ZTS_IPTOS_PREC(tos) ((tos)&ZTS_IPTOS_PREC_MASK)
#define ZTS_IPTOS_PREC_NETCONTROL 0xe0
#define ZTS_IPTOS_PREC_INTERNETCONTROL 0xc0
#define ZTS_IPTOS_PREC_CRITIC_ECP 0xa0
#define ZTS_IPTOS_PREC_FLASHOVERRIDE 0x80
#define ZTS_IPTOS_PREC_FLASH 0x60
#define ZTS_IPTOS_PREC_IMMEDIATE 0x40
#define ZTS_IPTOS_PREC_PRIORITY 0x20
#define ZTS_IPTOS_PREC_ROUTINE 0x00

struct zts_linger {
	int l_onoff;
	int l_linger; /* seconds */
};

typedef struct zts_timeval {
	long tv_sec; /* allow long */
	long tv_usec; /* allow long */
} zts_timeval;

typedef struct zts_ip_mreq {
	struct zts_in_addr imr_multiaddr;
	struct zts_in_addr imr_interface;
} zts_ip_mreq;

typedef struct zts_ipv6_mreq {
	struct zts_in6_addr ipv6mr_multiaddr;
	unsigned int ipv6mr_interface;
} zts_ipv6_mreq;

struct zts_in_pktinfo {
	unsigned int ipi_ifindex;
	struct zts_in_addr ipi_addr;
};

/* What is not supported is ZTS_ENOPROTOOPT. */
ZTS_API int ZTCALL zts_bsd_setsockopt(int fd, int level, int optname,
				      const void *optval, zts_socklen_t optlen);
ZTS_API int ZTCALL zts_bsd_getsockopt(int fd, int level, int optname,
				      void *optval, zts_socklen_t *optlen);

#define ZTS_F_GETFL 3
#define ZTS_F_SETFL 4
#define ZTS_O_NONBLOCK 1
#define ZTS_O_NDELAY ZTS_O_NONBLOCK
#define ZTS_O_RDONLY 2
#define ZTS_O_WRONLY 4
#define ZTS_O_RDWR (ZTS_O_RDONLY | ZTS_O_WRONLY)
ZTS_API int ZTCALL zts_bsd_fcntl(int fd, int cmd, int flags);

#define ZTS_IOCPARM_MASK 0x7fU
#define ZTS_IOC_VOID 0x20000000UL
#define ZTS_IOC_OUT 0x40000000UL
#define ZTS_IOC_IN 0x80000000UL
#define ZTS_IOC_INOUT (ZTS_IOC_IN | ZTS_IOC_OUT)
#define ZTS_IO(x, y) (ZTS_IOC_VOID | ((x) << 8) | (y))
#define ZTS_IOR(x, y, t)                                                       \
	(ZTS_IOC_OUT |                                                         \
	 (((long)sizeof(t) & ZTS_IOCPARM_MASK) << 16) | /* allow long */       \
	 ((x) << 8) | (y))
#define ZTS_IOW(x, y, t)                                                       \
	(ZTS_IOC_IN |                                                          \
	 (((long)sizeof(t) & ZTS_IOCPARM_MASK) << 16) | /* allow long */       \
	 ((x) << 8) | (y))
#define ZTS_FIONREAD                                                           \
	ZTS_IOR('f', 127, unsigned long) /* int * */ /* allow long */
#define ZTS_FIONBIO                                                            \
	ZTS_IOW('f', 126, unsigned long) /* int * */ /* allow long */
ZTS_API int ZTCALL zts_bsd_ioctl(int fd, unsigned long request,
				 void *argp); /* allow long */

/* --- waiting --- */

#define ZTS_FD_SETSIZE 1024 /* greater descriptors: zts_bsd_poll() */

typedef struct zts_fd_set {
	unsigned char fd_bits[(ZTS_FD_SETSIZE + 7) / 8];
} zts_fd_set;

static inline int zts_fd_in_range(int fd)
{
	return fd >= 0 && fd < ZTS_FD_SETSIZE;
}

static inline void zts_fd_put(int fd, zts_fd_set *set, int on)
{
	unsigned char bit = (unsigned char)(1u << (fd & 7));

	if (!zts_fd_in_range(fd))
		return;
	if (on)
		set->fd_bits[fd / 8] =
			(unsigned char)(set->fd_bits[fd / 8] | bit);
	else
		set->fd_bits[fd / 8] =
			(unsigned char)(set->fd_bits[fd / 8] & ~bit);
}

static inline int zts_fd_get(int fd, const zts_fd_set *set)
{
	return zts_fd_in_range(fd) && set->fd_bits[fd / 8] >> (fd & 7) & 1;
}

#define ZTS_FD_ZERO(p) memset((void *)(p), 0, sizeof(*(p)))
#define ZTS_FD_SET(n, p) zts_fd_put((n), (p), 1)
#define ZTS_FD_CLR(n, p) zts_fd_put((n), (p), 0)
#define ZTS_FD_ISSET(n, p) zts_fd_get((n), (p))

ZTS_API int ZTCALL zts_bsd_select(int nfds, zts_fd_set *readfds,
				  zts_fd_set *writefds, zts_fd_set *exceptfds,
				  struct zts_timeval *timeout);

#define ZTS_POLLIN 0x001
#define ZTS_POLLOUT 0x002
#define ZTS_POLLERR 0x004
#define ZTS_POLLNVAL 0x008
#define ZTS_POLLRDNORM 0x010
#define ZTS_POLLRDBAND 0x020
#define ZTS_POLLPRI 0x040
#define ZTS_POLLWRNORM 0x080
#define ZTS_POLLWRBAND 0x100
#define ZTS_POLLHUP 0x200

typedef unsigned int zts_nfds_t;

struct zts_pollfd {
	int fd;
	short events;
	short revents;
};

/* At most 4096 of them: ZTS_EINVAL. @timeout: milliseconds, -1 for ever. */
ZTS_API int ZTCALL zts_bsd_poll(struct zts_pollfd *fds, zts_nfds_t nfds,
				int timeout);

/* --- sockets, with addresses as text --- */

ZTS_API int ZTCALL zts_socket(int family, int type, int protocol);
/* Tries again while it fails, for @timeout_ms milliseconds, 0: 30 s; once, and
 * without waiting, on a socket that does not block. */
ZTS_API int ZTCALL zts_connect(int fd, const char *ipstr, unsigned short port,
			       int timeout_ms);
ZTS_API int ZTCALL zts_bind(int fd, const char *ipstr, unsigned short port);
ZTS_API int ZTCALL zts_listen(int fd, int backlog);
/* @remote_addr and @port may be NULL. */
ZTS_API int ZTCALL zts_accept(int fd, char *remote_addr, int len,
			      unsigned short *port);
ZTS_API ssize_t ZTCALL zts_send(int fd, const void *buf, size_t len, int flags);
ZTS_API ssize_t ZTCALL zts_recv(int fd, void *buf, size_t len, int flags);
ZTS_API ssize_t ZTCALL zts_read(int fd, void *buf, size_t len);
ZTS_API ssize_t ZTCALL zts_write(int fd, const void *buf, size_t len);
ZTS_API int ZTCALL zts_shutdown_rd(int fd);
ZTS_API int ZTCALL zts_shutdown_wr(int fd);
ZTS_API int ZTCALL zts_shutdown_rdwr(int fd);
ZTS_API int ZTCALL zts_close(int fd);
ZTS_API int ZTCALL zts_getpeername(int fd, char *remote_addr_str, int len,
				   unsigned short *port);
ZTS_API int ZTCALL zts_getsockname(int fd, char *local_addr_str, int len,
				   unsigned short *port);

/* A descriptor: connected; the first that was accepted; bound; any. */
ZTS_API int ZTCALL zts_tcp_client(const char *remote_ipstr,
				  unsigned short remote_port);
ZTS_API int ZTCALL zts_tcp_server(const char *local_ipstr,
				  unsigned short local_port, char *remote_ipstr,
				  int len, unsigned short *remote_port);
ZTS_API int ZTCALL zts_udp_server(const char *local_ipstr,
				  unsigned short local_port);
ZTS_API int ZTCALL zts_udp_client(const char *remote_ipstr);

/* zts_errno_t of what went wrong in the background, which is forgotten. */
ZTS_API int ZTCALL zts_get_last_socket_error(int fd);
/* Bytes that can be read; of UDP, those of the next datagram. 0 on failure. */
ZTS_API size_t ZTCALL zts_get_data_available(int fd);
ZTS_API int ZTCALL zts_get_pending_data_size(int fd);
ZTS_API int ZTCALL zts_set_no_delay(int fd, int enabled);
ZTS_API int ZTCALL zts_get_no_delay(int fd);
ZTS_API int ZTCALL zts_set_linger(int fd, int enabled, int value);
ZTS_API int ZTCALL zts_get_linger_enabled(int fd);
ZTS_API int ZTCALL zts_get_linger_value(int fd);
ZTS_API int ZTCALL zts_set_reuse_addr(int fd, int enabled);
ZTS_API int ZTCALL zts_get_reuse_addr(int fd);
/* The time is got in seconds. */
ZTS_API int ZTCALL zts_set_recv_timeout(int fd, int seconds, int microseconds);
ZTS_API int ZTCALL zts_get_recv_timeout(int fd);
ZTS_API int ZTCALL zts_set_send_timeout(int fd, int seconds, int microseconds);
ZTS_API int ZTCALL zts_get_send_timeout(int fd);
ZTS_API int ZTCALL zts_set_send_buf_size(int fd, int size);
ZTS_API int ZTCALL zts_get_send_buf_size(int fd);
ZTS_API int ZTCALL zts_set_recv_buf_size(int fd, int size);
ZTS_API int ZTCALL zts_get_recv_buf_size(int fd);
/* 1..255 */
ZTS_API int ZTCALL zts_set_ttl(int fd, int ttl);
ZTS_API int ZTCALL zts_get_ttl(int fd);
ZTS_API int ZTCALL zts_set_blocking(int fd, int enabled);
ZTS_API int ZTCALL zts_get_blocking(int fd);
ZTS_API int ZTCALL zts_set_keepalive(int fd, int enabled);
ZTS_API int ZTCALL zts_get_keepalive(int fd);

/* --- names --- */

struct zts_hostent {
	char *h_name;
	char **h_aliases;
	int h_addrtype;
	int h_length;
	char **h_addr_list;
};
#define h_addr h_addr_list[0]

struct zts_ip4_addr {
	uint32_t addr;
};

struct zts_ip6_addr {
	uint32_t addr[4];
};

typedef struct zts_ip_addr {
	union {
		struct zts_ip6_addr ip6;
		struct zts_ip4_addr ip4;
	} u_addr;
	uint8_t type; /* 0: IPv4, 6: IPv6 */
} zts_ip_addr;

/* Names as for zt_getaddrinfo(), IPv4 first. The answer is this thread's and
 * valid until its next call; NULL if there is none. */
ZTS_API struct zts_hostent *zts_bsd_gethostbyname(const char *name);
/* DNS servers are what the networks say: ZTS_ERR_SERVICE, NULL. */
ZTS_API int ZTCALL zts_dns_set_server(uint8_t index, const zts_ip_addr *addr);
ZTS_API const zts_ip_addr *ZTCALL zts_dns_get_server(uint8_t index);

/* --- this and that --- */

/* `tapless world` makes planets: ZTS_ERR_SERVICE. */
ZTS_API int ZTCALL zts_util_sign_root_set(
	char *roots_out, unsigned int *roots_len, char *prev_key,
	unsigned int *prev_key_len, char *curr_key, unsigned int *curr_key_len,
	uint64_t id, uint64_t ts, zts_root_set_t *roots_spec);
ZTS_API void ZTCALL zts_util_delay(unsigned long milliseconds); /* allow long */
/* ZTS_AF_INET, ZTS_AF_INET6, or ZTS_ERR_ARG. */
ZTS_API int ZTCALL zts_util_get_ip_family(const char *ipstr);
/* *@addrlen: the room, then the length. */
ZTS_API int zts_util_ipstr_to_saddr(const char *src_ipstr, unsigned short port,
				    struct zts_sockaddr *dstaddr,
				    zts_socklen_t *addrlen);
ZTS_API int ZTCALL zts_util_ntop(struct zts_sockaddr *addr,
				 zts_socklen_t addrlen, char *dst_str, int len,
				 unsigned short *port);
/* This thread's text, until its next call. */
ZTS_API char *zts_ipaddr_ntoa(const zts_ip_addr *addr);
/* 1, or 0 if it is no address. */
ZTS_API int zts_ipaddr_aton(const char *cp, zts_ip_addr *addr);
/* As inet_ntop(3), inet_pton(3). */
ZTS_API const char *ZTCALL zts_inet_ntop(int family, const void *src, char *dst,
					 zts_socklen_t size);
ZTS_API int ZTCALL zts_inet_pton(int family, const char *src, void *dst);

/* Last, since it is an object and not a promise. */
#if defined(__GNUC__)
__attribute__((unused))
#endif
static const struct zts_in6_addr zts_in6addr_any = ZTS_IN6ADDR_ANY_INIT;

#ifdef __cplusplus
}
#endif

#endif /* TAPLESS_COMPAT_ZEROTIERSOCKETS_H */

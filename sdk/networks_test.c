/* SPDX-License-Identifier: Apache-2.0 */
/* What a node in this process tells when it is asked. */
#include "sdk/inprocess_test.h"

TEST(networks_without_a_node)
{
	uint64_t value = 7;
	uint64_t list[1];
	size_t n = 1;

	CHECK_EQ(zt_networks(list, &n), ZT_ERR_STATE);
	CHECK_EQ(zt_networks(list, NULL), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_networks(NULL, &n), ZT_ERR_ARGUMENT);
	CHECK_EQ(n, 1);
	CHECK_EQ(zt_network_status(1), ZT_NETWORK_NONE);
	CHECK_EQ(zt_stat(ZT_STAT_PEERS, &value), ZT_ERR_STATE);
	CHECK_EQ(zt_stat((enum zt_stat_id)0, &value), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_stat((enum zt_stat_id)99, &value), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_stat(ZT_STAT_PEERS, NULL), ZT_ERR_ARGUMENT);
	CHECK_EQ(value, 7);
	CHECK_EQ(zt_wait_address(1, AF_INET, -1), ZT_ERR_STATE);
	CHECK_EQ(zt_wait_address(0, AF_INET, -1), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_wait_address(1, AF_UNIX, -1), ZT_ERR_ARGUMENT);
}

TEST(networks_states_have_names)
{
	CHECK_STR(zt_network_status_name(ZT_NETWORK_NONE), "not joined");
	CHECK_STR(zt_network_status_name(ZT_NETWORK_WAITING), "waiting");
	CHECK_STR(zt_network_status_name(ZT_NETWORK_READY), "ready");
	CHECK_STR(zt_network_status_name(ZT_NETWORK_DENIED), "denied");
	CHECK_STR(zt_network_status_name(ZT_NETWORK_NOT_FOUND), "not found");
	CHECK_STR(zt_network_status_name((enum zt_network_status)9), "unknown");
}

TEST(networks_are_listed_in_order)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	uint64_t list[3] = { 0 };
	size_t n = 0;

	CHECK_EQ(zt_networks(NULL, &n), ZT_OK);
	CHECK_EQ(n, 1);
	CHECK_EQ(zt_join(network - 1), ZT_OK);
	CHECK_EQ(zt_join(network + 1), ZT_OK);
	n = 2;
	CHECK_EQ(zt_networks(list, &n), ZT_OK);
	CHECK_EQ(n, 3);
	CHECK_EQ(list[0], network - 1);
	CHECK_EQ(list[1], network);
	CHECK_EQ(list[2], 0);
	CHECK_EQ(zt_network_status(network), ZT_NETWORK_READY);
	CHECK_EQ(zt_network_status(network + 2), ZT_NETWORK_NONE);
	CHECK(zt_network_status(network + 1) == ZT_NETWORK_WAITING ||
	      zt_network_status(network + 1) == ZT_NETWORK_NOT_FOUND);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

TEST(networks_addresses_by_family)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	char path[64];

	CHECK_EQ(zt_wait_address(network, AF_INET, 0), ZT_OK);
	CHECK_EQ(zt_wait_address(network, AF_INET6, TEST_WAIT_MS), ZT_OK);
	CHECK_EQ(zt_wait_address(network + 1, AF_INET, -1), ZT_ERR_NOT_FOUND);
	/* One that gives IPv4 addresses only. */
	snprintf(path, sizeof(path), "/controller/network/%016llx",
		 (unsigned long long)network + 1);
	test_post(&h, path,
		  "{ \"private\": false, \"ipAssignmentPools\": [ { "
		  "\"ipRangeStart\": \"10.97.1.1\", "
		  "\"ipRangeEnd\": \"10.97.1.254\" } ], "
		  "\"routes\": [ { \"target\": \"10.97.1.0/24\" } ], "
		  "\"v4AssignMode\": { \"zt\": true } }");
	CHECK_EQ(zt_join(network + 1), ZT_OK);
	CHECK_EQ(zt_wait_address(network + 1, AF_INET, TEST_WAIT_MS), ZT_OK);
	CHECK_EQ(zt_wait_address(network + 1, AF_INET6, 20), ZT_ERR_TIMEOUT);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

static uint64_t stat_of(enum zt_stat_id which)
{
	uint64_t value;

	CHECK_EQ(zt_stat(which, &value), ZT_OK);
	return value;
}

TEST(networks_statistics_count)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	uint64_t before = stat_of(ZT_STAT_SOCKETS);
	int ends[2];

	test_pair(ends, network, 7000);
	CHECK_EQ(stat_of(ZT_STAT_SOCKETS), before + 2);
	/* It is the only root and alone. */
	CHECK_EQ(stat_of(ZT_STAT_PEERS), 0);
	CHECK_EQ(stat_of(ZT_STAT_PEERS_DIRECT), 0);
	CHECK_EQ(stat_of(ZT_STAT_PEERS_RELAYED), 0);
	close(ends[0]);
	close(ends[1]);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

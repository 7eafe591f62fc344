/* SPDX-License-Identifier: Apache-2.0 */
/* drop_advice.c - for each reason a sentence: what it means, what to do */
#include "base/drop.h"

#include "base/compiler.h"

static const char *const advice[DROP_COUNT] = {
	[DROP_NONE] = "Nothing was dropped.",
	[DROP_TOO_SHORT] =
		"A datagram was no packet at all: scanners of the Internet "
		"send such; nothing is to be done.",
	[DROP_TOO_LONG] =
		"A packet was longer than the protocol allows: its sender is "
		"broken; see tapless pcap --wire.",
	[DROP_MALFORMED] =
		"An authentic packet was not what its verb wants: its sender "
		"is of another version or broken; compare versions in tapless "
		"peers.",
	[DROP_OWN_ADDRESS] =
		"A packet came back to us, or another node has our identity: "
		"make sure that no two machines share one home folder.",
	[DROP_BAD_FRAGMENT] =
		"A fragment had an impossible number: damage or scanners; a "
		"few are harmless.",
	[DROP_REASSEMBLY] =
		"Parts of a packet were lost on the way: the link loses "
		"datagrams or cuts large ones; if it grows, a smaller physical "
		"mtu in local.conf helps.",
	[DROP_DUPLICATE] =
		"A packet came twice: the network repeated it, or somebody "
		"replays traffic; it was used once.",
	[DROP_BAD_SUITE] =
		"A packet was encrypted in a way that does not exist: noise "
		"from strangers; nothing is to be done.",
	[DROP_BAD_MAC] =
		"A packet was not authentic: damaged or forged, or its sender "
		"has been given another identity; a few are harmless.",
	[DROP_BAD_COMPRESSION] =
		"An authentic packet could not be unpacked: its sender is "
		"broken; compare versions in tapless peers.",
	[DROP_NO_PEER] =
		"Its sender is not known and no root could tell who that is: "
		"check that both nodes use the same roots.",
	[DROP_QUEUE_FULL] =
		"Too much waited for identities or paths: many unreachable "
		"peers at once, or a flood; see tapless trace for one of them.",
	[DROP_QUEUE_TIMEOUT] =
		"A packet waited 5 s for its destination's identity or path: "
		"that node is offline or has other roots; see tapless trace.",
	[DROP_OLD_VERSION] =
		"A node speaks a protocol that is too old: update it.",
	[DROP_BAD_IDENTITY] =
		"A stranger's identity does not fit its address: forged; "
		"nothing is to be done.",
	[DROP_COLLISION] =
		"Another identity claims a known address: one of two nodes was "
		"given a new identity, or it is forged; remove "
		"peers.d/<node>.peer "
		"if the node is yours.",
	[DROP_GATE] =
		"A sender asked more often than the protocol allows: a few are "
		"normal after restarts.",
	[DROP_STRANGER_GATE] =
		"Unknown nodes came faster than they are let in: a restart of "
		"many nodes, or a flood; it ends by itself.",
	[DROP_UNEXPECTED] =
		"A reply came that nobody waited for any more: late or forged; "
		"if it grows, latencies are above a minute.",
	[DROP_NOT_UPSTREAM] =
		"A node that is no root sent what only roots may: nodes with "
		"different planet files are mixed.",
	[DROP_NOT_CONTROLLER] =
		"Somebody else than the controller sent a network's "
		"configuration: it was ignored.",
	[DROP_BAD_PATH] =
		"An address was offered that may not be used: it is in a "
		"virtual network, or blacklisted in local.conf.",
	[DROP_HOPS] =
		"A packet was relayed too often: roots send it round in a "
		"circle; check the addresses in the planet file.",
	[DROP_NO_RELAY] =
		"Somebody wanted us to relay who may not: that node has the "
		"wrong address for its root.",
	[DROP_NO_ROUTE] =
		"There was a packet for a node that nobody knows a way to: it "
		"is offline, or no root is reached; see tapless trace.",
	[DROP_TRUSTED_PATH] =
		"A packet came unencrypted as over a trusted path: set the "
		"same "
		"trustedPathId in local.conf on both sides, or on none.",
	[DROP_PEER_TABLE_FULL] =
		"More nodes than the table holds: a root of that size should "
		"be two.",
	[DROP_NOT_JOINED] =
		"A frame was for a network that is not joined: that peer still "
		"holds us for a member; join it, or nothing is to be done.",
	[DROP_NO_CONFIG] =
		"A frame came before the network's configuration: check with "
		"tapless listnetworks that the controller answers.",
	[DROP_NOT_MEMBER] =
		"The sender has shown no valid certificate: it was not "
		"authorised, or it was revoked; check the member on the "
		"controller.",
	[DROP_BAD_SIGNATURE] =
		"A credential or configuration was signed by somebody else: "
		"forged, or the controller has a new identity.",
	[DROP_BAD_CREDENTIAL] =
		"A credential was forged, revoked or older than ours: check "
		"the clocks, then the member on the controller.",
	[DROP_RULES_OUT] =
		"The network's rules forbid what programs here sent: change "
		"the rules on the controller if that is not meant.",
	[DROP_RULES_IN] =
		"The network's rules forbid what others sent us: change the "
		"rules on the controller if that is not meant.",
	[DROP_RULES_UNKNOWN] =
		"The network's rules hold one that this version does not know: "
		"update, or remove it on the controller.",
	[DROP_NOT_BRIDGE] =
		"A node sent for foreign MAC addresses: allow it to bridge on "
		"the controller if it shall.",
	[DROP_NO_MULTICAST] =
		"Multicast is off for this network: set multicastLimit on the "
		"controller above 0.",
	[DROP_NO_BROADCAST] =
		"Broadcast is off for this network: set enableBroadcast on the "
		"controller.",
	[DROP_NO_RECIPIENT] =
		"Nobody listens to a multicast group that was sent to: normal "
		"while a network has one member.",
	[DROP_BAD_FRAME] =
		"A frame was no proper Ethernet or IP: its sender is broken; "
		"see tapless pcap.",
	[DROP_NO_NEIGHBOUR] =
		"A virtual address did not answer who has it: nobody has it, "
		"or its node is offline; see tapless ping.",
	[DROP_NO_MEMORY] =
		"Memory or a limit was reached: see which pool is full in "
		"/metrics, and give the service more, or less to do.",
	[DROP_RECEIVE_BUFFER] =
		"A program reads its datagrams too slowly: raise its SO_RCVBUF "
		"or send less.",
	[DROP_UNSUPPORTED] =
		"Something was asked for that we do not do: nothing is to be "
		"done unless a program fails by it.",
};

const char *tl_drop_advice(enum drop reason)
{
	return advice[reason];
}

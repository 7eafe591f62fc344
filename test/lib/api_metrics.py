# SPDX-License-Identifier: Apache-2.0
"""What /metrics has: for api_table.py."""

import re

from api_values import Two

# Name: type, and the names of its labels; of the reference and of us
METRICS = {
    "zt_packet": ("counter", "direction packet_type"),
    "zt_packet_error": ("counter", "direction error_type"),
    "zt_data": ("counter", "direction protocol"),
    "zt_num_networks": ("gauge", ""),
    "zt_network_multicast_groups_subscribed": ("gauge", "network_id"),
    "zt_network_packets": ("counter", "accepted direction network_id"),
    "zt_peer_latency": ("histogram", "node_id"),
    "zt_peer_path_count": ("gauge", "node_id status"),
    "zt_peer_packets": ("counter", "direction node_id"),
    "zt_peer_packet_errors": ("counter", "node_id"),
    "controller_network_count": ("gauge", ""),
    "controller_member_count": ("gauge", ""),
    "controller_network_change_count": ("counter", ""),
    "controller_member_change_count": ("counter", ""),
    "controller_member_auth_count": ("counter", ""),
    "controller_member_deauth_count": ("counter", ""),
    "controller_network_config_request": ("counter", ""),
    "controller_network_config_request_queue": ("gauge", ""),
    "controller_network_config_request_threads": ("gauge", ""),
    "controller_sso_expiration_checks": ("counter", ""),
    "controller_sso_timeouts": ("counter", ""),
    "controller_db_member_change": ("counter", ""),
    "controller_db_network_change": ("counter", ""),
}

# How often the reference's controller asks its database: ours has what it
# reads in memory.
METRICS_OF_REFERENCE = {
    f"controller_db_get_{what}": ("counter", "")
    for what in ("network", "network_and_member", "member_list", "network_list",
                 "networK_and_member_summary")
}

PACKETS = set(
    "nop error ack qos hello ok whois rendezvous frame ext_frame echo "
    "multicast_like network_credentials network_config_request network_config "
    "multicast_gather multicast_frame push_direct_paths user_message "
    "remote_trace path_negotiation_request".split())
ERRORS = set(
    "obj_not_found unsupported_operation identity_collision "
    "need_membership_certificate network_access_denied unwanted_multicast "
    "authentication_required internal_server_error".split())
# Of each label all values that there are
LABELS = (
    ("zt_packet", "packet_type", PACKETS),
    ("zt_packet", "direction", {"rx", "tx"}),
    ("zt_packet_error", "error_type", ERRORS),
    ("zt_packet_error", "direction", {"rx", "tx"}),
    ("zt_data", "protocol", {"udp", "tcp"}),
    ("zt_network_packets", "direction", {"rx", "tx"}),
    ("zt_network_packets", "accepted", {"yes", "no"}),
    ("zt_peer_path_count", "status", {"alive", "dead"}),
    ("zt_peer_latency", "le",
     set("1 3 6 10 30 60 100 300 600 1000 +Inf".split())),
)


def read_metrics(text):
    """Types, and of each name the labels with their values."""
    types, labels = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, types_of = line.split()
            types[name] = types_of
        elif line and not line.startswith("#"):
            series = line.rsplit(" ", 1)[0]
            name = re.sub(r"_(bucket|sum|count)$", "", series.split("{")[0])
            name = name if name in types else series.split("{")[0]
            for key, value in re.findall(r'(\w+)="([^"]*)"', series):
                labels.setdefault(name, {}).setdefault(key, set()).add(value)
    return types, labels


def walk(s):
    status, kind, text = s.ask("GET", "/metrics")
    s.check((status, kind) == (200, "text/plain"), f"/metrics: {status} {kind}")
    types, labels = read_metrics(text)
    table = METRICS | ({} if s.ours else METRICS_OF_REFERENCE)
    for name, (kind, keys) in table.items():
        got = labels.get(name, {})
        s.check(types.get(name) == kind and
                set(got) - {"le"} == set(keys.split()),
                f"{name}: {types.get(name)} {set(got)}")
    for name in types:
        s.check(name in table or (s.ours and name.startswith("tapless_")),
                f"{name}: not in the table")
    for name, key, values in LABELS:
        got = labels.get(name, {}).get(key, set())
        s.check(got == s.pick(values), f"{name} {key}: {got}")

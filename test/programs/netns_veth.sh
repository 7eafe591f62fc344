#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 300
#
# netns_veth.sh - as netns.sh, where no TAP device can be had
#
#	kernel, zt0 ==== zt0p, packet socket   <---->   B
TAPLESS_NETNS_DEVICE=veth
export TAPLESS_NETNS_DEVICE
exec "$(dirname "$0")/netns.sh"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# controller_kill_long.sh - controller_kill.sh, fifty times
#
# ctest: full
# ctest: timeout 900
kill_rounds=50
export kill_rounds
exec "$(dirname "$0")/controller_kill.sh"

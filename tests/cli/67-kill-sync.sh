#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 2700
# The sync of a node is killed at moments all over its run: nothing told is lost, nothing
# is doubled or left lying about at the node, and the next sync simply goes on.
. "${0%/*}/../soak/run" "${KILLS:-20}" sync

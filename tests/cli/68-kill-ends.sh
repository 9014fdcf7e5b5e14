#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 2700
# The node and the province are killed at moments all over a sync, each alone and both at
# once: what the node says that the province has is there, and the next runs simply go on.
. "${0%/*}/../soak/run" "${KILLS:-12}" ends

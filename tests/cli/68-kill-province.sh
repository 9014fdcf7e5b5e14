#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 2700
# The province is killed at moments all over its work, door, git, hook and ingest: what
# the node says that the province has is there, and the next runs simply go on.
. "${0%/*}/../soak/run" "${KILLS:-8}" province

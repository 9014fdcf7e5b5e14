#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timeout: 2700
# Import, ocr and seal are killed at moments all over their runs: nothing told is lost,
# nothing is doubled or left lying about, and the same command simply goes on. A build
# that is broken on purpose is caught.
. "${0%/*}/../soak/run" "${KILLS:-20}" import ocr seal control

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t flag; /* the signal flag: set by a handler, read by all */

static void on_signal(int number)
{
    (void)number;
    flag = 1;
}

void stop_install(void)
{
    struct sigaction act = {.sa_handler = on_signal};

    (void)sigemptyset(&act.sa_mask);
    (void)sigaction(SIGINT, &act, NULL);
    (void)sigaction(SIGTERM, &act, NULL);
    act.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &act, NULL);
}

bool stop_requested(void)
{
    return flag != 0;
}

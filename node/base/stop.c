/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/stop.h"

#include <signal.h>
#include <stddef.h>

#include "node/base/clock.h"

#define TICK_MS 100

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

void stop_sleep_ms(int64_t ms)
{
    int64_t until = clock_mono_ms() + ms;
    int64_t left = ms;

    for (; left > 0 && !stop_requested(); left = until - clock_mono_ms())
        clock_sleep_ms(left < TICK_MS ? left : TICK_MS);
}

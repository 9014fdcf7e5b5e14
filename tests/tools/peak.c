/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peak FILE COMMAND...: runs the command, writes "wall_ms peak_kib cpu_ms" to FILE (the
 * largest resident set of any one process below; the processor time of all), exits as
 * the command did.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long long ms_of(const struct timeval *t)
{
    return (long long)t->tv_sec * 1000 + t->tv_usec / 1000;
}

int main(int argc, char **argv)
{
    long long start = now_ms();
    struct rusage use;
    int status = 0;
    FILE *out = NULL;
    pid_t pid = 0;

    if (argc < 3) {
        (void)fprintf(stderr, "peak FILE COMMAND...\n");
        return 2;
    }
    pid = fork();
    if (pid == 0) {
        (void)execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid ||
        getrusage(RUSAGE_CHILDREN, &use) < 0 || !(out = fopen(argv[1], "w"))) {
        perror("peak");
        return 2;
    }
    (void)fprintf(out, "%lld %ld %lld\n", now_ms() - start, use.ru_maxrss,
                  ms_of(&use.ru_utime) + ms_of(&use.ru_stime));
    if (fclose(out) != 0)
        return 2;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

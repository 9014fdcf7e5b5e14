/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_cert.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"

#define WHO_DIGITS 8

/* ---- what this computer is called --------------------------------------------------
 */

static void add(char (*names)[TLSCERT_NAME_MAX], size_t max, size_t *n,
                const char *name)
{
    if (*n >= max || !tlscert_name_good(name))
        return;
    for (size_t i = 0; i < *n; i++)
        if (strcmp(names[i], name) == 0)
            return;
    (void)snprintf(names[(*n)++], TLSCERT_NAME_MAX, "%s", name);
}

static void add_host(char (*names)[TLSCERT_NAME_MAX], size_t max, size_t *n)
{
    char host[TLSCERT_NAME_MAX - sizeof ".local"] = "";
    char local[TLSCERT_NAME_MAX];

    if (gethostname(host, sizeof host - 1) < 0)
        return;
    for (char *p = host; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    if (strcmp(host, "localhost") == 0)
        return;
    add(names, max, n, host);
    if (!strchr(host, '.')) {
        (void)snprintf(local, sizeof local, "%s.local", host);
        add(names, max, n, local);
    }
}

/* One that others may reach: up, not the loopback. None of IPv6: those that a system
 * gives itself are others every day (RFC 8981), and so would be the certificate. */
static bool address_text(const struct ifaddrs *a, char out[TLSCERT_NAME_MAX])
{
    const struct sockaddr_in *v4 = (const void *)a->ifa_addr;

    return a->ifa_addr && (a->ifa_flags & IFF_UP) && !(a->ifa_flags & IFF_LOOPBACK) &&
           a->ifa_addr->sa_family == AF_INET &&
           inet_ntop(AF_INET, &v4->sin_addr, out, TLSCERT_NAME_MAX) != NULL;
}

static void add_addresses(char (*names)[TLSCERT_NAME_MAX], size_t max, size_t *n)
{
    char text[TLSCERT_NAME_MAX];
    struct ifaddrs *all = NULL;

    if (getifaddrs(&all) < 0)
        return; /* then it is reached by name only */
    for (const struct ifaddrs *a = all; a; a = a->ifa_next)
        if (address_text(a, text))
            add(names, max, n, text);
    freeifaddrs(all);
}

size_t flow_cert_names(char (*names)[TLSCERT_NAME_MAX], size_t max)
{
    size_t n = 0;

    add_host(names, max, &n);
    add_addresses(names, max, &n);
    return n;
}

/* ---- the certificate --------------------------------------------------------------
 */

int flow_cert_facts(const char *home, struct tlscert *out, struct err *e)
{
    AUTO_MEM char *pem = fs_path(home, FLOW_CERT_PEM);

    if (!fs_exists(pem))
        return 0;
    return tlscert_read(pem, out, e) < 0 ? -1 : 1;
}

static int make(const char *home, const char *node, char (*names)[TLSCERT_NAME_MAX],
                size_t count, bool new_key, struct err *e)
{
    AUTO_MEM char *key = fs_path(home, FLOW_CERT_KEY);
    AUTO_MEM char *pem = fs_path(home, FLOW_CERT_PEM);
    AUTO_MEM char *who = mem_printf("sohoa %.*s", WHO_DIGITS, node);

    return tlscert_make(key, pem, who, names, count, new_key, e);
}

static bool has_all(const struct tlscert *c, char (*names)[TLSCERT_NAME_MAX],
                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!tlscert_has(c, names[i]))
            return false;
    return true;
}

int flow_cert_ensure(const char *home, const char *node, const char *address,
                     struct err *e)
{
    AUTO_MEM char *key = fs_path(home, FLOW_CERT_KEY);
    AUTO_MEM char *pem = fs_path(home, FLOW_CERT_PEM);
    char names[TLSCERT_NAMES_MAX][TLSCERT_NAME_MAX];
    char now[TLSCERT_NAMES_MAX][TLSCERT_NAME_MAX];
    struct tlscert old = {.count = 0};
    struct err why = ERR_INIT; /* a certificate that is none is made again */
    size_t found = flow_cert_names(now, TLSCERT_NAMES_MAX);
    size_t n = 0;

    add(names, TLSCERT_NAMES_MAX, &n, address);
    for (size_t i = 0; i < found; i++)
        add(names, TLSCERT_NAMES_MAX, &n, now[i]);
    if (flow_cert_facts(home, &old, &why) == 1 && has_all(&old, names, n) &&
        tlscert_fits(key, pem))
        return 0;
    /* Else a cable that was out for a day would change it twice. */
    for (size_t i = 0; i < old.count; i++)
        add(names, TLSCERT_NAMES_MAX, &n, old.names[i]);
    return make(home, node, names, n, false, e);
}

/* ---- commands ---------------------------------------------------------------------
 */

static int tell(const char *home, const struct flow_listener *to, struct err *e)
{
    AUTO_MEM char *pem = fs_path(home, FLOW_CERT_PEM);
    struct tlscert c;
    struct jdoc *line = NULL;
    struct jdoc *names = NULL;
    char until[CLOCK_ISO_MAX];
    int rc = flow_cert_facts(home, &c, e);

    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_CERT_ABSENT, "%s", pem);
    line = flow_line("summary");
    names = jdoc_array();
    clock_iso(c.until, until);
    jdoc_set_text(line, "fingerprint", c.fingerprint);
    jdoc_set_text(line, "pin", c.pin);
    jdoc_set_text(line, "until", until);
    for (size_t i = 0; i < c.count; i++)
        jdoc_add_text(names, c.names[i]);
    jdoc_set(line, "names", names);
    jdoc_set_text(line, "file", pem);
    flow_tell(to, line);
    return 0;
}

int flow_cert_show(const char *home, const struct flow_listener *to, struct err *e)
{
    AUTO_HOME struct home h = {0};

    return home_open(home, &h, e) < 0 ? -1 : tell(h.path, to, e);
}

int flow_cert_renew(const char *home, bool new_key, const struct flow_listener *to,
                    struct err *e)
{
    AUTO_HOME struct home h = {0};
    char names[TLSCERT_NAMES_MAX][TLSCERT_NAME_MAX];
    struct tlscert old = {.count = 0};
    struct err why = ERR_INIT; /* as above */
    size_t n = 0;

    if (home_open(home, &h, e) < 0)
        return -1;
    n = flow_cert_names(names, TLSCERT_NAMES_MAX);
    /* One of IPv6 was asked for with --lan, and will be again. */
    if (flow_cert_facts(h.path, &old, &why) == 1)
        for (size_t i = 0; i < old.count; i++)
            if (strchr(old.names[i], ':'))
                add(names, TLSCERT_NAMES_MAX, &n, old.names[i]);
    if (make(h.path, h.node, names, n, new_key, e) < 0)
        return -1;
    return tell(h.path, to, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/sandbox.h"
#include "node/flow/flow_cert.h"
#include "node/flow/flow_copy.h"
#include "node/flow/flow_node.h"
#include "node/flow/flow_sync.h"
#include "ocr/ocr.h"
#include "sync/dial.h"
#include "sync/enrol.h"
#include "sync/receive.h"

#define FREE_LOW    ((uint64_t)2 << 30)
#define FREE_MIN    ((uint64_t)512 << 20)
#define BACKUP_DAYS 7
#define DAY_S       86400
#define CERT_DAYS   90
#define FACT_BACKUP "backup.at"
#define ANSWER_MAX  65536

struct doctor {
    const struct flow_listener *to;
    int64_t checks, failed, warnings;
};

enum verdict { OK, WARNING, FAILED };

/* @mend: msgid; "" when all is well. */
static void tell(struct doctor *d, const char *name, enum verdict v, const char *found,
                 const char *mend)
{
    struct jdoc *line = flow_line("check");

    jdoc_set_text(line, "name", name);
    jdoc_set_bool(line, "ok", v != FAILED);
    jdoc_set_bool(line, "warning", v == WARNING);
    jdoc_set_text(line, "found", found);
    if (v != OK) {
        jdoc_set_text(line, "vi", i18n_text_in(LANG_VI, mend));
        jdoc_set_text(line, "en", i18n_text_in(LANG_EN, mend));
    }
    flow_tell(d->to, line);
    d->checks++;
    d->failed += v == FAILED;
    d->warnings += v == WARNING;
}

static void tell_err(struct doctor *d, const char *name, const struct err *e)
{
    AUTO_MEM char *found = mem_printf("%s %s%s%s", err_code_name(e->code), e->subject,
                                      e->detail[0] ? "; " : "", e->detail);

    tell(d, name, FAILED, found, err_code_todo(e->code));
}

/* ---- the machine ------------------------------------------------------------------
 */

static bool in_path(const char *program)
{
    AUTO_MEM char *path = mem_dup(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    char *rest = path;
    char *dir = NULL;

    while ((dir = strsep(&rest, ":"))) {
        AUTO_MEM char *file = fs_path(dir[0] ? dir : ".", program);

        if (access(file, X_OK) == 0)
            return true;
    }
    return false;
}

static void check_programs(struct doctor *d)
{
    static const struct {
        const char *program;
        const char *mend;
    } NEEDED[] = {
        {"pdftoppm", N_("Install the package poppler-utils: PDF files cannot be read "
                        "without it.")},
        {"pdfinfo", N_("Install the package poppler-utils: PDF files cannot be read "
                       "without it.")},
        {"ssh",
         N_("Install the package openssh-client: nothing can be sent without it.")},
        {"git",
         N_("Install the package git: an upper tier cannot receive without it.")},
    };

    for (size_t i = 0; i < ARRAY_LEN(NEEDED); i++) {
        bool there = in_path(NEEDED[i].program);

        tell(d, NEEDED[i].program, there ? OK : FAILED, there ? "found" : "missing",
             NEEDED[i].mend);
    }
}

static void check_model(struct doctor *d)
{
    char model[OCR_MODEL_HEX];
    AUTO_MEM char *path = NULL;
    struct err e = ERR_INIT;

    if (ocr_model_sha256(model, &path, &e) < 0) {
        tell_err(d, "model", &e);
    } else {
        AUTO_MEM char *found = mem_printf("%s %.16s", path, model);

        tell(d, "model", OK, found, "");
    }
}

static void check_network(struct doctor *d, const char *home)
{
    AUTO_CONF struct conf *conf = NULL;
    AUTO_MEM char *detail = NULL;
    const char *name = ocr_network(&detail);
    struct err ignored = ERR_INIT; /* a setting that is wrong is told elsewhere */

    if (conf_load(home, &conf, &ignored) < 0)
        err_clear(&ignored);
    if (conf && strcmp(conf_get(conf, "ocr.recognizer"), "tesseract") == 0) {
        tell(d, "network", OK, "Tesseract, by the setting ocr.recognizer", "");
    } else {
        AUTO_MEM char *found =
            mem_printf("%s%s%s", name, detail[0] ? ": " : "", detail);

        tell(d, "network", OK, found, "");
    }
}

static void check_protection(struct doctor *d)
{
    int abi = sandbox_landlock_abi();
    AUTO_MEM char *found = mem_printf("Landlock %d", abi);
    char cores[32];

    tell(d, "landlock", abi > 0 ? OK : WARNING, abi > 0 ? found : "absent",
         N_("The kernel has no Landlock; helper processes are still held by seccomp. "
            "A kernel of Debian 12 or newer has it."));
    (void)snprintf(cores, sizeof cores, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    tell(d, "processors", OK, cores, "");
}

/* A lower node asks for bbr on its own connections; above, the kernel's choice counts.
 */
static void check_congestion(struct doctor *d, bool asks)
{
    char cc[DIAL_CC_MAX];

    dial_congestion(asks, cc);
    tell(d, "congestion control", strcmp(cc, "bbr") == 0 ? OK : WARNING,
         cc[0] ? cc : "unknown",
         N_("On lines that lose packets bbr brings up to three times as much through. "
            "Write net.core.default_qdisc=fq and net.ipv4.tcp_congestion_control=bbr "
            "into /etc/sysctl.d/60-sohoa.conf, tcp_bbr into "
            "/etc/modules-load.d/sohoa.conf, and restart the computer."));
}

static void check_clock(struct doctor *d)
{
    char now[CLOCK_ISO_MAX];
    bool fine = clock_plausible(clock_now());

    clock_iso(clock_now(), now);
    tell(d, "clock", fine ? OK : WARNING, now,
         N_("The computer's clock is wrong. Set it; nothing is lost, order never "
            "depends "
            "on it."));
}

static void check_disk(struct doctor *d, const char *home)
{
    uint64_t left = 0;
    uint64_t all = 0;
    struct err e = ERR_INIT;
    AUTO_MEM char *found = NULL;

    if (fs_free_bytes(home, &left, &all, &e) < 0) {
        tell_err(d, "disk", &e);
        return;
    }
    found = mem_printf("%llu MiB / %llu MiB", (unsigned long long)(left >> 20),
                       (unsigned long long)(all >> 20));
    tell(d, "disk",
         left < FREE_MIN   ? FAILED
         : left < FREE_LOW ? WARNING
                           : OK,
         found,
         N_("The disk is nearly full: new scans are refused below 512 MiB. Free some "
            "space."));
}

static void check_rights(struct doctor *d, const char *home)
{
    AUTO_MEM char *key = fs_path(home, "keys/node");
    struct stat folder;
    struct stat file;
    AUTO_MEM char *found = NULL;
    bool fine = stat(home, &folder) == 0 && stat(key, &file) == 0 &&
                folder.st_uid == geteuid() && file.st_uid == geteuid() &&
                (file.st_mode & 077) == 0 && (folder.st_mode & 022) == 0;

    found = mem_printf("%s", fine ? "owner only" : home);
    tell(d, "rights", fine ? OK : FAILED, found,
         N_("The data folder and its key must belong to this user, and nobody else may "
            "write there: chown and chmod them."));
}

/* Only where others come in. */
static void check_certificate(struct doctor *d, const char *home)
{
    struct tlscert c = {.count = 0};
    char until[CLOCK_ISO_MAX];
    struct err e = ERR_INIT;
    AUTO_MEM char *found = NULL;
    int rc = flow_cert_facts(home, &c, &e);

    if (rc == 0)
        return;
    if (rc < 0) {
        tell_err(d, "certificate", &e);
        return;
    }
    clock_iso(c.until, until);
    found = mem_printf("SHA-256 %s, %s", c.fingerprint, until);
    tell(d, "certificate", c.until - clock_now() > CERT_DAYS * DAY_S ? OK : WARNING,
         found,
         N_("The certificate of the pages ends soon: run \"sohoa certificate renew\" "
            "and start serve again."));
}

/* ---- the home ---------------------------------------------------------------------
 */

static void check_backup(struct doctor *d, struct flow *f)
{
    AUTO_MEM char *text = NULL;
    struct err e = ERR_INIT;
    int64_t at = 0;
    char when[CLOCK_ISO_MAX] = "never";
    bool fresh = false;

    if (store_fact_get(f->store, FACT_BACKUP, &text, &e) < 0) {
        tell_err(d, "backup", &e);
        return;
    }
    if (text && num_parse(text, 0, INT64_MAX, &at)) {
        clock_iso(at, when);
        fresh = clock_now() - at <= BACKUP_DAYS * DAY_S;
    }
    tell(
        d, "backup", fresh ? OK : WARNING, when,
        N_("The last backup is missing or older than 7 days: run \"sohoa backup create "
           "FOLDER\" on another disk."));
}

static void check_copy(struct doctor *d, struct flow *f)
{
    struct flow_copy_health h;
    struct err e = ERR_INIT;
    char since[CLOCK_ISO_MAX];
    AUTO_MEM char *found = NULL;

    if (flow_copy_health(f, &h, &e) < 0) {
        tell_err(d, "second copy", &e);
        return;
    }
    if (!h.wanted) {
        tell(d, "second copy", WARNING, "none",
             N_("What was received lies on one disk alone, and nodes keep their files: "
                "name a folder on another disk with \"sohoa config set copy.folder "
                "FOLDER\"."));
        return;
    }
    if (h.since) {
        clock_iso(h.since, since);
        found = mem_printf("since %s %s", since, h.why.detail);
        tell(d, "second copy", FAILED, found, err_code_todo(ERR_COPY));
        return;
    }
    tell(d, "second copy", h.same_disk ? WARNING : OK,
         h.same_disk ? "on the same disk" : "complete",
         N_("The second copy lies on the same disk as the first: when that disk fails, "
            "both are gone. Set copy.folder to a folder on another disk."));
}

/* What the newest receipts say of our clock. */
static void check_skew(struct doctor *d, struct flow *f)
{
    struct err e = ERR_INIT;
    AUTO_MEM char *found = NULL;
    int64_t skew = 0;

    if (flow_sync_skew(f, &skew, &e) < 0) {
        tell_err(d, "clocks", &e);
        return;
    }
    found = mem_printf("%lld s", (long long)skew);
    tell(
        d, "clocks", skew ? WARNING : OK, skew ? found : "alike",
        N_("This clock and that of the tier above differ by more than ten minutes. Set "
           "the one that is wrong; nothing is lost, order never depends on it."));
}

/* At an upper tier: nodes whose clock is ahead. */
static int check_node_clock(void *ctx, const struct enrol_node *n, int64_t ahead_s,
                            struct err *e)
{
    struct doctor *d = ctx;
    AUTO_MEM char *name = mem_printf("clock %.8s", n->node);
    AUTO_MEM char *found = mem_printf("%s +%lld s", n->unit_code, (long long)ahead_s);

    (void)e;
    tell(d, name, WARNING, found,
         N_("The clock of this node is ahead. Ask the office to set it; nothing is "
            "lost, "
            "order never depends on it."));
    return 0;
}

static void check_node_clocks(struct doctor *d, struct flow *f)
{
    struct err e = ERR_INIT;

    if (flow_node_clocks(f, check_node_clock, d, &e) < 0)
        tell_err(d, "clocks", &e);
}

static void check_upstream(struct doctor *d, struct flow *f)
{
    struct sign_public key;
    struct err e = ERR_INIT;
    int64_t units = 0;
    int rc = enrol_upstream(f->home.path, &key, &e);

    if (rc < 0)
        tell_err(d, "receipt key", &e);
    else
        tell(d, "receipt key", rc == 1 ? OK : WARNING, rc == 1 ? "trusted" : "none",
             N_("Receipts cannot be checked yet: run \"sohoa init --join FILE\" with "
                "the "
                "enrolment file."));
    e = (struct err)ERR_INIT;
    if (flow_sync_call(f, &units, &e) == 0) {
        AUTO_MEM char *found = mem_printf("answered, %lld", (long long)units);

        tell(d, "upstream", OK, found, "");
    } else if (e.code == ERR_UPSTREAM_UNSET) {
        tell(d, "upstream", WARNING, "none", err_code_todo(ERR_UPSTREAM_UNSET));
    } else {
        tell_err(d, "upstream", &e);
    }
}

/* ---- the upper tier's door --------------------------------------------------------
 */

/* One session as sshd would start it, over pipes: what the node would get. */
static int knock(const struct flow *f, const char *node, struct err *e)
{
    int in[2];
    int out[2];
    int rc = 0;

    if (pipe(in) < 0)
        return err_sys(e, ERR_OPEN, "pipe");
    if (pipe(out) < 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return err_sys(e, ERR_OPEN, "pipe");
    }
    (void)close(in[1]);
    rc = receive_session(f->home.path, node, "list", NULL, in[0], out[1], e);
    (void)close(in[0]);
    (void)close(out[1]);
    (void)close(out[0]);
    return rc;
}

static void check_door(struct doctor *d, struct flow *f)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;
    struct err e = ERR_INIT;

    if (enrol_load(f->home.path, &all, &e) < 0) {
        tell_err(d, "enrolment", &e);
        return;
    }
    if (all.count == 0)
        tell(
            d, "enrolment", WARNING, "0",
            N_("No node is enrolled yet: run \"sohoa node add KEYFILE --unit CODE\"."));
    for (size_t i = 0; i < all.count; i++) {
        AUTO_MEM char *name = mem_printf("node %.8s", all.nodes[i].node);

        if (all.nodes[i].revoked)
            continue;
        e = (struct err)ERR_INIT;
        if (knock(f, all.nodes[i].node, &e) < 0)
            tell_err(d, name, &e);
        else
            tell(d, name, OK, all.nodes[i].unit_code, "");
    }
}

int flow_doctor(const char *path, const struct flow_listener *to, int64_t *failed,
                struct err *e)
{
    struct doctor d = {.to = to};
    AUTO_FLOW struct flow f = {0};
    char fingerprint[SIGN_FINGERPRINT_MAX];
    struct err why = ERR_INIT;
    struct jdoc *line = NULL;

    if (home_open(path, &f.home, e) < 0)
        return -1;
    check_programs(&d);
    check_model(&d);
    check_network(&d, path);
    check_protection(&d);
    check_congestion(&d, !home_is_upper(&f.home));
    check_clock(&d);
    check_disk(&d, path);
    check_rights(&d, path);
    check_certificate(&d, path);
    if (flow_store(&f.home, STORE_WRITE, &f.store, &why) < 0) {
        tell_err(&d, "store", &why);
    } else {
        tell(&d, "store", OK, "opened", "");
        check_backup(&d, &f);
        if (f.home.role != HOME_PROVINCE)
            check_upstream(&d, &f);
        if (home_is_upper(&f.home))
            check_door(&d, &f);
        if (home_is_upper(&f.home))
            check_node_clocks(&d, &f);
        else
            check_skew(&d, &f);
        if (f.home.role == HOME_PROVINCE)
            check_copy(&d, &f);
    }
    sign_fingerprint(&f.home.key.pub, fingerprint);
    line = flow_line("summary");
    jdoc_set_text(line, "node", f.home.node);
    jdoc_set_text(line, "fingerprint", fingerprint);
    jdoc_set_text(line, "role", home_role_name(f.home.role));
    jdoc_set_text(line, "unit", f.home.unit_code);
    jdoc_set_int(line, "checks", d.checks);
    jdoc_set_int(line, "failed", d.failed);
    jdoc_set_int(line, "warnings", d.warnings);
    flow_tell(to, line);
    *failed = d.failed;
    return 0;
}

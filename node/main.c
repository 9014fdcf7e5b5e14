/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/err.h"
#include "node/base/i18n.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/cmd/cmd.h"
#include "node/scan/scan_worker.h"
#include "node/scan/scanner_worker.h"
#include "node/web/api_worker.h"
#include "node/web/web_tls.h"
#include "node/web/web_upload.h"
#include "ocr/inspect.h"
#include "ocr/ocr.h"
#include "ocr/pdf_in.h"
#include "ocr/pdf_join.h"
#include "ocr/view.h"
#include "sync/dial.h"
#include "sync/fcgi.h"
#include "sync/gate.h"
#include "sync/https.h"
#include "sync/sync_worker.h"

/* The workers of all modules meet here and nowhere else: `sohoa worker KIND`. */
static const struct {
    const char *kind;
    int (*run)(void);
} WORKERS[] = {
    {"act", api_worker_act_main},
    {"auth", api_worker_auth_main},
    {"gate", gate_worker_main},
    {"inspect", inspect_worker_main},
    {"inspect-codes", inspect_codes_worker_main},
    {"ocr", ocr_worker_main},
    {"pdf", pdf_join_worker_main},
    {"pdfpage", pdf_in_worker_main},
    {"query", api_worker_query_main},
    {"scan", scan_worker_main},
    {"scanner", scanner_worker_main},
    {"sync", sync_worker_main},
    {"tls", web_tls_worker_main},
    {"upload", web_upload_worker_main},
    {"view", view_worker_main},
};

static int worker(const char *kind)
{
    /* The other end may be gone: that is an error to tell, not a death. */
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < ARRAY_LEN(WORKERS); i++)
        if (strcmp(kind, WORKERS[i].kind) == 0)
            proc_exit_worker(WORKERS[i].run());
    return EXIT_USAGE;
}

/* In the place of ssh. */
static int https(char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    proc_exit_worker(https_worker_main(argv[0], argv[1], argv[2], argv[3], argv[4]));
}

/* In the place of a session of sshd. */
static int fcgi(const char *home)
{
    (void)signal(SIGPIPE, SIG_IGN);
    proc_exit_worker(fcgi_worker_main(home));
}

int main(int argc, char **argv)
{
    (void)umask(077);
    i18n_init(LANG_VI, NULL);
    if (argc == 3 && strcmp(argv[1], "worker") == 0)
        return worker(argv[2]);
    /* ssh starts this one, with what it knows itself. */
    if (argc == 6 && strcmp(argv[1], "worker") == 0 && strcmp(argv[2], "dial") == 0)
        return dial_worker_main(argv[3], argv[4], argv[5]);
    if (argc == 8 && strcmp(argv[1], "worker") == 0 && strcmp(argv[2], "https") == 0)
        return https(argv + 3);
    if (argc == 4 && strcmp(argv[1], "worker") == 0 && strcmp(argv[2], "fcgi") == 0)
        return fcgi(argv[3]);
    stop_install();
    return cmd_main(argc, argv);
}

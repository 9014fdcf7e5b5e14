/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/https.h"

#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/sandbox.h"
#include "node/base/sign.h"
#include "node/base/str.h"
#include "node/base/tlspin.h"
#include "sync/dial.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/names.h"
#include "sync/receive.h"
#include "sync/rpush.h"
#include "sync/self.h"
#include "sync/ticket.h"

#define PINS_MAX     ((size_t)4096)
#define WORD_MAX     ((size_t)512)
#define REFUSED_MAX  ((size_t)4096) /* of an answer that is none */
#define HEADER_MAX   ((size_t)1024)
#define TRIES        3  /* of one request, each with a ticket of its own */
#define EAGER_MS     50 /* bytes that come unasked come at once */
#define GATHER_MS    20
#define ADDRESSES    8
#define PROXY_PORT   "1080" /* as curl takes it */
#define ADDRESS_ROOM ((uint64_t)1 << 30)
#define FILES_MAX    64

enum phase {
    PASS,   /* all goes to our parent; words are looked at */
    HEADS,  /* refs that our parent has heard already */
    ANSWER, /* the line about a step */
    BYTES,  /* of the step */
    REST,   /* nothing of use follows */
};

struct tunnel {
    const char *home, *command;
    CURL *curl;
    struct curl_slist *names; /* addresses found before the sandbox */
    char *url;
    struct sign_secret key;
    char node[NAMES_NODE_MAX], to[NAMES_NODE_MAX];
    struct str pins;
    char ticket[TICKET_MAX]; /* "": none */
    int64_t number;
    /* the answer that is coming */
    enum phase phase;
    struct str refused; /* what came instead of one */
    struct str word;    /* the beginning of a line */
    bool deaf;          /* our parent is gone */
    bool over;          /* "done" or "bad" was said */
    int64_t have;       /* -1: not said */
    /* a step */
    struct str answer;
    int64_t from, left;
    bool elsewhere; /* our parent has its beginning already: from there */
};

static void tunnel_clear(struct tunnel *t)
{
    curl_easy_cleanup(t->curl);
    curl_slist_free_all(t->names);
    mem_free(t->url);
    sign_wipe(&t->key);
    str_clear(&t->pins);
    str_clear(&t->refused);
    str_clear(&t->word);
    str_clear(&t->answer);
}

/* ---- our parent -------------------------------------------------------------------
 */

static bool tell(struct tunnel *t, const char *data, size_t len)
{
    struct err ignored = ERR_INIT; /* who is gone needs no reason */

    t->deaf = t->deaf || fs_write_all(STDOUT_FILENO, data, len, "parent", &ignored) < 0;
    return !t->deaf;
}

/* Is there something to read within @wait_ms? -1: as long as it takes. */
static bool comes(int wait_ms)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    int rc;

    do
        rc = poll(&fd, 1, wait_ms);
    while (rc < 0 && errno == EINTR);
    return rc > 0;
}

/* What lies there now, @wait_ms for the first byte. 0: nothing, or the end. */
static size_t take_some(char *buf, size_t max, int wait_ms)
{
    size_t len = 0;

    while (len < max && comes(len ? GATHER_MS : wait_ms)) {
        ssize_t n = read(STDIN_FILENO, buf + len, max - len);

        if (n <= 0)
            break;
        len += (size_t)n;
    }
    return len;
}

/* 1 a line, 0 the end, -1. */
static int take_line(struct str *out, struct err *e)
{
    str_reset(out);
    for (;;) {
        char c;
        ssize_t n = read(STDIN_FILENO, &c, 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        if (c == '\n')
            return 1;
        str_add_char(out, c);
        if (str_check(out, "line", e) < 0)
            return -1;
    }
}

/* ---- what comes back --------------------------------------------------------------
 */

static bool take_answer(struct tunnel *t, const char *line);

/* One line of the door. False: no more of this answer is wanted. */
static bool take_word(struct tunnel *t, const char *line)
{
    bool bad = str_starts(line, "bad ");
    int64_t n;

    if (str_starts(line, "have ") && num_parse(line + 5, 0, RPUSH_REQUEST_MAX, &n))
        t->have = n;
    t->over = bad || str_starts(line, "done ");
    if (t->phase == PASS)
        return true;
    if (bad) {
        t->phase = REST;
        return tell(t, line, strlen(line)) && tell(t, "\n", 1);
    }
    if (t->phase == ANSWER)
        return take_answer(t, line);
    if (strcmp(line, ".") == 0)
        t->phase = ANSWER;
    return true;
}

/* Lines, as far as they are complete and the phase has any. Return: bytes used. */
static size_t take_words(struct tunnel *t, const char *p, size_t n, bool *more)
{
    size_t used = 0;

    *more = true;
    while (*more && used < n && t->phase != BYTES && t->phase != REST && !t->over) {
        char c = p[used++];

        if (c != '\n') {
            if (t->word.len < WORD_MAX)
                str_add_char(&t->word, c);
            continue;
        }
        *more = take_word(t, str_text(&t->word));
        str_reset(&t->word);
    }
    return used;
}

static bool take(struct tunnel *t, const char *p, size_t n)
{
    bool pass = t->phase == PASS, more = true;
    size_t used;

    if (pass && !tell(t, p, n))
        return false;
    used = take_words(t, p, n, &more);
    if (!more || pass || t->phase != BYTES)
        return more;
    p += used;
    n -= used;
    if ((int64_t)n > t->left)
        return false; /* more than was announced */
    t->left -= (int64_t)n;
    return n == 0 || tell(t, p, n);
}

static size_t on_body(char *p, size_t one, size_t n, void *ctx)
{
    struct tunnel *t = ctx;
    long status = 0;

    (void)one;
    if (curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
        return 0;
    if (status == 200)
        return take(t, p, n) ? n : 0;
    if (t->refused.len + n < REFUSED_MAX)
        str_add_mem(&t->refused, p, n);
    return n;
}

/* ---- one request ------------------------------------------------------------------
 */

/* What our parent does when it hears of it: ask again, or stop for good. */
static int curl_failed(CURLcode rc, struct err *e)
{
    (void)err_set(e, rc == CURLE_SSL_PINNEDPUBKEYNOTMATCH ? ERR_LINE_HOST : ERR_LINE,
                  "%s", "https");
    return err_detail(e, "%s", curl_easy_strerror(rc));
}

static bool take_ticket(struct tunnel *t, const char *text)
{
    char *end;

    if (!str_starts(text, "ticket "))
        return false;
    (void)snprintf(t->ticket, sizeof t->ticket, "%s", text + strlen("ticket "));
    end = t->ticket + strspn(t->ticket, "0123456789abcdef");
    *end = '\0';
    t->number = 0;
    return strlen(t->ticket) == TICKET_MAX - 1;
}

static void set_header(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);

    *list = longer ? longer : *list; /* without it the request is refused */
}

/* Headers of a signed request. owned, curl_slist_free_all(). */
static struct curl_slist *sign_request(struct tunnel *t, int64_t at, const void *body,
                                       size_t len)
{
    AUTO_STR struct str text = STR_INIT(HEADER_MAX);
    struct curl_slist *list = NULL;
    char hex[HASH_HEX] = "-", proof[TICKET_PROOF];
    struct ticket_call c = {.to = t->to,
                            .node = t->node,
                            .ticket = t->ticket,
                            .number = ++t->number,
                            .at = at,
                            .length = (int64_t)len,
                            .body = hex,
                            .command = t->command};

    if (at < 0)
        hash_bytes(body, len, hex);
    ticket_sign(&c, &t->key, proof);
    str_addf(&text, "Sohoa-Command: %s", t->command);
    set_header(&list, str_text(&text));
    str_reset(&text);
    str_addf(&text, "Sohoa-Proof: %s %s %lld %s", t->node, t->ticket,
             (long long)t->number, proof);
    set_header(&list, str_text(&text));
    str_reset(&text);
    if (at >= 0) {
        str_addf(&text, "Sohoa-At: %lld", (long long)at);
        set_header(&list, str_text(&text));
    }
    set_header(&list, "Content-Type: application/octet-stream");
    set_header(&list, "Expect:");
    return list;
}

static bool options(struct tunnel *t, const struct curl_slist *list, const void *body,
                    size_t len)
{
    CURL *c = t->curl;

    return curl_easy_setopt(c, CURLOPT_HTTPHEADER, list) == CURLE_OK &&
           (body ? curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
                       curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
                                        (curl_off_t)len) == CURLE_OK &&
                       curl_easy_setopt(c, CURLOPT_POSTFIELDS, body) == CURLE_OK
                 : curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) == CURLE_OK);
}

/* Return: status, or -1 and @e. @body NULL: only a ticket is asked for. */
static long request(struct tunnel *t, int64_t at, const void *body, size_t len,
                    struct err *e)
{
    struct curl_slist *list = body ? sign_request(t, at, body, len) : NULL;
    CURLcode rc = CURLE_OUT_OF_MEMORY;
    long status = 0;

    str_reset(&t->refused);
    str_reset(&t->word);
    t->over = false;
    t->have = -1;
    if (options(t, list, body, len))
        rc = curl_easy_perform(t->curl);
    curl_slist_free_all(list);
    if (t->elsewhere)
        return 200;
    if (rc == CURLE_OK)
        rc = curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    return rc == CURLE_OK ? status : curl_failed(rc, e);
}

static int not_ours(const struct tunnel *t, long status, struct err *e)
{
    (void)err_set(e, ERR_LINE, "%s", "https");
    return err_detail(e, "status %ld: %.100s", status, str_text(&t->refused));
}

static int get_ticket(struct tunnel *t, struct err *e)
{
    /* The answer to a request without proof: its status is 401, its text a ticket. */
    long status = request(t, -1, NULL, 0, e);

    if (status < 0)
        return -1;
    return status == 401 && take_ticket(t, str_text(&t->refused))
               ? 0
               : not_ours(t, status, e);
}

/* @at: place of a piece, -1: not a piece. What comes goes to take(). */
static int post(struct tunnel *t, enum phase phase, int64_t at, const void *body,
                size_t len, struct err *e)
{
    long status = 0;

    if (!t->ticket[0] && get_ticket(t, e) < 0)
        return -1;
    for (int tries = 0; tries < TRIES; tries++) {
        t->phase = phase;
        status = request(t, at, body, len, e);
        if (status < 0)
            return -1;
        if (status == 200)
            return t->deaf ? err_set(e, ERR_LINE, "%s", "parent") : 0;
        /* The ticket is too old, or the other end began anew. */
        if (status != 401 || !take_ticket(t, str_text(&t->refused)))
            break;
    }
    if (!str_starts(str_text(&t->refused), "bad "))
        return not_ours(t, status, e);
    t->over = true;
    return tell(t, t->refused.p, t->refused.len) ? 0 : err_set(e, ERR_LINE, "parent");
}

/* ---- put <id> <class> <size> <token>
 * -----------------------------------------------------
 */

/* As much as goes in PIECE_MS: less is lost in a cut, and progress is told. */
static size_t next_piece(size_t piece, size_t sent, int64_t took_ms)
{
    if (sent == piece && took_ms < HTTPS_PIECE_MS / 2)
        piece *= 2;
    else if (took_ms > HTTPS_PIECE_MS * 2)
        piece /= 2;
    return (size_t)num_clamp((int64_t)piece, HTTPS_PIECE_MIN, HTTPS_PIECE_MAX);
}

/* What was told ends elsewhere than this piece: our parent has to ask anew. */
static int moved(struct err *e)
{
    (void)err_set(e, ERR_LINE, "%s", "https");
    return err_detail(e, "the other end has another part of it");
}

static int push(struct tunnel *t, int64_t size, struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, HTTPS_PIECE_MAX);
    size_t piece = HTTPS_PIECE_MAX / 4;
    size_t len = take_some(buf, piece, EAGER_MS);
    int64_t at = 0;

    for (;;) {
        int64_t began = clock_mono_ms();

        if (post(t, PASS, at, buf, len, e) < 0)
            return -1;
        if (t->over)
            return 0;
        if (t->have < 0 || t->have > size || (len > 0 && t->have != at + (int64_t)len))
            return moved(e);
        at = t->have;
        piece = next_piece(piece, len, clock_mono_ms() - began);
        len = take_some(buf, piece, -1);
        if (len == 0)
            return 0;
    }
}

/* ---- since <unit> [<ref>] ---------------------------------------------------------
 */

/* "new <id> <size>", "same" or "moved". When it is there, our parent says from where it
 * needs it; the bytes from 0 on are on their way already. */
static bool take_answer(struct tunnel *t, const char *line)
{
    AUTO_STR struct str from = STR_INIT(WORD_MAX);
    struct err ignored = ERR_INIT;
    const char *size = strrchr(line, ' ');

    t->phase = REST;
    if (t->answer.len) { /* asked for a second time, from another byte */
        t->phase = BYTES;
        t->left -= t->from;
        return strcmp(line, str_text(&t->answer)) == 0;
    }
    if (!tell(t, line, strlen(line)) || !tell(t, "\n", 1))
        return false;
    if (!str_starts(line, "new ") || !size ||
        !num_parse(size + 1, 1, RPUSH_REQUEST_MAX, &t->left))
        return true;
    str_add(&t->answer, line);
    if (take_line(&from, &ignored) != 1 || !str_starts(str_text(&from), "from ") ||
        !num_parse(str_text(&from) + 5, 0, t->left, &t->from)) {
        t->deaf = true;
        return false;
    }
    t->elsewhere = t->from > 0;
    t->phase = BYTES;
    return !t->elsewhere;
}

static int ask_step(struct tunnel *t, const char *step, struct err *e)
{
    AUTO_STR struct str body = STR_INIT(WORD_MAX * 2);

    str_addf(&body, "%s\nfrom %lld\n", step, (long long)t->from);
    return str_check(&body, "step", e) < 0
               ? -1
               : post(t, HEADS, -1, str_text(&body), body.len, e);
}

static int one_step(struct tunnel *t, const char *step, struct err *e)
{
    str_reset(&t->answer);
    t->from = t->left = 0;
    t->elsewhere = false;
    if (ask_step(t, step, e) < 0)
        return -1;
    if (t->elsewhere) {
        t->elsewhere = false;
        if (ask_step(t, step, e) < 0)
            return -1;
    }
    if (t->over || (t->phase == REST && !t->answer.len))
        return 0;
    return t->phase == BYTES && t->left == 0
               ? 0
               : err_set(e, ERR_LINE, "%s", "a step that ends early");
}

static int since(struct tunnel *t, struct err *e)
{
    AUTO_STR struct str line = STR_INIT(WORD_MAX);
    int rc = post(t, PASS, -1, "", 0, e);

    while (rc == 0 && !t->over) {
        rc = take_line(&line, e);
        if (rc <= 0)
            return rc;
        rc = str_starts(str_text(&line), "step ")
                 ? one_step(t, str_text(&line), e)
                 : err_set(e, ERR_GATE_VERB, "%s", "since");
    }
    return rc;
}

/* ---- before the first word --------------------------------------------------------
 */

/* The public keys that the other end may have: "sha256//…;sha256//…". */
static int load_pins(struct tunnel *t, const struct line *l, struct err *e)
{
    AUTO_MEM char *path = fs_path(t->home, "keys/known_hosts");
    AUTO_STR struct str text = STR_INIT(STR_TEXT_MAX);
    char label[LINE_LABEL_MAX], *rest = NULL;

    line_label(l, label);
    if (fs_exists(path) && fs_read_file(path, &text, e) < 0)
        return -1;
    for (char *w = text.len ? strtok_r(text.p, "\n", &rest) : NULL; w;
         w = strtok_r(NULL, "\n", &rest)) {
        size_t n = strlen(label);

        if (strncmp(w, label, n) == 0 && w[n] == ' ' && tlspin_is(w + n + 1))
            str_addf(&t->pins, "%ssha256//%s", t->pins.len ? ";" : "",
                     tlspin_value(w + n + 1));
    }
    if (t->pins.len)
        return str_check(&t->pins, path, e);
    (void)err_set(e, ERR_LINE_HOST, "%s", label);
    return err_detail(e, "no " TLSPIN_KIND " key of %s is known", label);
}

static int load_keys(struct tunnel *t, struct err *e)
{
    AUTO_MEM char *path = fs_path(t->home, "keys/node");
    struct sign_public upstream;
    int rc = enrol_upstream(t->home, &upstream, e);

    if (rc < 0 || sign_read_secret(path, &t->key, e) < 0)
        return -1;
    if (rc == 0)
        return err_set(e, ERR_UPSTREAM_KEY_UNSET, "%s", "keys/upstream.pub");
    sign_node(&upstream, t->to);
    return self_name(t->home, t->node, e);
}

static void add_address(const struct addrinfo *a, struct str *out)
{
    char text[64];

    if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST) == 0)
        str_addf(out, strchr(text, ':') ? ",[%s]" : ",%s", text);
}

/* Names are looked up here: a resolver needs files, libraries and threads. */
static int find(struct tunnel *t, const char *host, const char *port, struct err *e)
{
    struct addrinfo want = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    AUTO_STR struct str all = STR_INIT(HEADER_MAX);
    AUTO_STR struct str entry = STR_INIT(HEADER_MAX * 2);
    struct addrinfo *found = NULL;
    int rc, n = 0;

    if (getaddrinfo(host, port, &want, &found) == 0) {
        freeaddrinfo(found); /* an address, not a name */
        return 0;
    }
    want.ai_flags = 0;
    rc = getaddrinfo(host, port, &want, &found);
    if (rc != 0) {
        (void)err_set(e, ERR_LINE, "%s", host);
        return err_detail(e, "%s: %s", host, gai_strerror(rc));
    }
    for (const struct addrinfo *a = found; a && n < ADDRESSES; a = a->ai_next, n++)
        add_address(a, &all);
    freeaddrinfo(found);
    str_addf(&entry, "%s:%s:%s", host, port, all.len ? all.p + 1 : "");
    set_header(&t->names, str_text(&entry));
    return 0;
}

/* "": none is set. */
static const char *proxy(void)
{
    const char *p = getenv("https_proxy");

    if (!p || !p[0])
        p = getenv("HTTPS_PROXY");
    return p ? p : "";
}

static int find_proxy(struct tunnel *t, struct err *e)
{
    CURLU *u = curl_url();
    char *host = NULL, *port = NULL;
    int rc = -1;

    if (u && curl_url_set(u, CURLUPART_URL, proxy(), CURLU_GUESS_SCHEME) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        (void)curl_url_get(u, CURLUPART_PORT, &port, 0);
        rc = find(t, host, port ? port : PROXY_PORT, e);
    } else {
        (void)err_set(e, ERR_LINE, "%s", "https_proxy");
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
    return rc;
}

static int on_socket(void *ctx, curl_socket_t fd, curlsocktype what)
{
    (void)ctx;
    (void)what;
    dial_options(fd, LINE_DEAD_MS);
    return CURL_SOCKOPT_OK;
}

static bool set_up(struct tunnel *t)
{
    CURL *c = t->curl;

    return curl_easy_setopt(c, CURLOPT_URL, t->url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_RESOLVE, t->names) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, proxy()) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ==
               CURLE_OK &&
           /* The key says who it is: neither an authority nor a name has to. */
           curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, str_text(&t->pins)) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)LINE_CONNECT_S) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)HTTPS_IDLE_S) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_socket) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, t) == CURLE_OK;
}

static int lock_down(struct err *e)
{
    const struct sandbox_limits limits = {
        .address_bytes = ADDRESS_ROOM, .files = FILES_MAX, .no_file_writes = true};

    return sandbox_limits_set(&limits, e) < 0 ? -1
                                              : sandbox_enter(SANDBOX_NET, NULL, 0, e);
}

static int prepare(struct tunnel *t, const char *host, const char *port,
                   const char *path, struct err *e)
{
    bool six = strchr(host, ':') != NULL;
    struct line l = {.https = true};

    (void)snprintf(l.host, sizeof l.host, "%s", host);
    (void)snprintf(l.port, sizeof l.port, "%s", port);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(e, ERR_INTERNAL, "%s", "libcurl");
    t->curl = curl_easy_init();
    t->url = mem_printf("https://%s%s%s:%s%s", six ? "[" : "", host, six ? "]" : "",
                        port, path);
    if (!t->curl)
        return err_set(e, ERR_INTERNAL, "%s", "libcurl");
    if (load_pins(t, &l, e) < 0 || load_keys(t, e) < 0 ||
        (proxy()[0] ? find_proxy(t, e) : find(t, host, port, e)) < 0)
        return -1;
    if (!set_up(t))
        return err_set(e, ERR_INTERNAL, "%s", "libcurl");
    return lock_down(e);
}

/* ---- the worker -------------------------------------------------------------------
 */

/* "push <id> <class> <size>", "put <id> <class> <size> <token>": the size. */
static bool is_upload(const char *command, int64_t *size)
{
    char text[WORD_MAX], *words[5] = {NULL}, *rest = NULL;
    size_t n = 0;

    (void)snprintf(text, sizeof text, "%s", command);
    for (char *w = strtok_r(text, " ", &rest); w && n < ARRAY_LEN(words);
         w = strtok_r(NULL, " ", &rest))
        words[n++] = w;
    return n >= 4 && (strcmp(words[0], "push") == 0 || strcmp(words[0], "put") == 0) &&
           num_parse(words[3], 1, RPUSH_REQUEST_MAX, size);
}

/* The verbs of the door that have a way over HTTP; others are unknown to it. */
static int say(struct tunnel *t, struct err *e)
{
    int64_t size;

    if (is_upload(t->command, &size))
        return push(t, size, e);
    if (str_starts(t->command, "since "))
        return since(t, e);
    if (strcmp(t->command, "list") == 0 || str_starts(t->command, "get ") ||
        str_starts(t->command, "find ") || str_starts(t->command, "first ") ||
        str_starts(t->command, "going ") || str_starts(t->command, "prove ") ||
        strcmp(t->command, "refused") == 0)
        return post(t, PASS, -1, "", 0, e);
    (void)tell(t, "bad SH-GATE-VERB\n", strlen("bad SH-GATE-VERB\n"));
    return 0;
}

int https_worker_main(const char *home, const char *host, const char *port,
                      const char *path, const char *command)
{
    AUTO(tunnel_clear)
    struct tunnel t = {.home = home,
                       .command = command,
                       .pins = STR_INIT(PINS_MAX),
                       .refused = STR_INIT(REFUSED_MAX),
                       .word = STR_INIT(WORD_MAX + 1),
                       .answer = STR_INIT(WORD_MAX)};
    struct err e = ERR_INIT;

    if (prepare(&t, host, port, path, &e) < 0 || say(&t, &e) < 0) {
        (void)fprintf(stderr, "%s: %s%s%s\n", err_code_name(e.code), e.subject,
                      e.detail[0] ? ": " : "", e.detail);
        return EXIT_LATER;
    }
    return 0;
}

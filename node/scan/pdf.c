/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan/pdf.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/proc.h"
#include "node/base/str.h"

#define SMALL_PX      "300" /* long side of the picture that only proves a page */
#define SMALL_MAX     1024
#define TEXT_MAX      ((size_t)1 << 20)
#define COMPLAINT_MAX ((size_t)4096)
#define WATCH_MS      100
#define PIECE         8192

void pdf_info_clear(struct pdf_info *i)
{
    mem_free(i->pages);
    *i = (struct pdf_info){0};
}

void pdf_picture_clear(struct pdf_picture *p)
{
    fs_fd_auto(&p->fd);
    *p = (struct pdf_picture)PDF_PICTURE_INIT;
}

int pdf_dpi(double width_pt, double height_pt, double wanted)
{
    double dpi = wanted > 0 ? wanted : PDF_DPI_VECTOR;

    if (!(width_pt >= 1 && height_pt >= 1)) /* also when not a number */
        return 0;
    if (dpi < PDF_DPI_LOW)
        dpi = PDF_DPI_LOW;
    if (dpi > PDF_DPI_HIGH)
        dpi = PDF_DPI_HIGH;
    for (int d = (int)lround(dpi); d >= PDF_DPI_MIN; d--) {
        double w = ceil(width_pt * d / 72);
        double h = ceil(height_pt * d / 72);

        if (w <= PDF_SIDE_MAX && h <= PDF_SIDE_MAX && w * h <= (double)PDF_PIXELS_MAX)
            return d;
    }
    return 0;
}

/* ---- one call of a program ----------------------------------------------- */

struct tool {
    struct proc proc;
    struct str complaint; /* begin of its stderr */
    int64_t page_ms;
};

static void tool_clear(struct tool *t)
{
    proc_clear(&t->proc);
    str_clear(&t->complaint);
}
#define AUTO_TOOL AUTO(tool_clear)
#define TOOL_INIT(ms)                                                                  \
    {                                                                                  \
        .proc = PROC_INIT, .complaint = STR_INIT(COMPLAINT_MAX), .page_ms = (ms)       \
    }

static int64_t page_ms(const struct pdf_opts *o)
{
    return o && o->page_ms > 0 ? o->page_ms : PDF_PAGE_MS;
}

/* @out_fd: where its stdout goes, -1: a pipe. */
static int tool_start(struct tool *t, const char *const *argv, const char *path,
                      int out_fd, struct err *e)
{
    static const char *const ENV[] = {"LC_ALL=C", "HOME=/nonexistent",
                                      "XDG_CACHE_HOME=/nonexistent", NULL};
    const struct sandbox_path paths[] = {
        {"/usr", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/lib", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/lib64", SANDBOX_READ | SANDBOX_EXECUTE},
        {"/etc/ld.so.cache", SANDBOX_READ},
        {"/etc/fonts", SANDBOX_READ},
        {"/var/cache/fontconfig", SANDBOX_READ},
        {path, SANDBOX_READ},
    };
    const struct proc_opts o = {
        .argv = argv,
        .env = ENV,
        .in = PROC_NULL,
        .out = out_fd < 0 ? PROC_PIPE : PROC_FD,
        .out_fd = out_fd,
        .err = PROC_PIPE,
        .folder = "/",
        .limits =
            {
                .address_bytes = PDF_ADDRESS_BYTES,
                .cpu_s = PDF_PAGE_CPU_S,
                .files = 32,
                .file_bytes = PDF_OUTPUT_MAX,
            },
        .paths = paths,
        .path_count = ARRAY_LEN(paths),
    };

    if (proc_start(&o, &t->proc, e) == 0)
        return 0;
    if (e->sys_errno == ENOENT)
        e->code = ERR_PDF_TOOLS;
    return -1;
}

/* What it says on stderr; the rest beyond the limit is read and dropped. */
static void hear(struct tool *t)
{
    char buf[PIECE];
    struct err ignored = ERR_INIT; /* complaints are no more than a hint */
    ssize_t n = fs_read_some(t->proc.err, buf, sizeof buf, "stderr", &ignored);

    if (n <= 0) {
        fs_fd_auto(&t->proc.err);
        return;
    }
    if ((size_t)n > COMPLAINT_MAX - t->complaint.len)
        n = (ssize_t)(COMPLAINT_MAX - t->complaint.len);
    str_add_mem(&t->complaint, buf, (size_t)n);
}

/*
 * Bytes of its stdout.
 * Return: bytes, 0 at the end, -1 and @e: ERR_PDF_BOMB when the time is over.
 */
static ssize_t tool_read(struct tool *t, void *buf, size_t len, int64_t deadline_ms,
                         struct err *e)
{
    for (;;) {
        struct pollfd p[2] = {{.fd = t->proc.out, .events = POLLIN},
                              {.fd = t->proc.err, .events = POLLIN}};
        int64_t left = deadline_ms - clock_mono_ms();

        if (left <= 0)
            return err_set(e, ERR_PDF_BOMB, "out of time");
        if (poll(p, 2, left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR)
            return err_sys(e, ERR_INTERNAL, "poll");
        if (p[1].revents)
            hear(t);
        if (p[0].revents)
            return fs_read_some(t->proc.out, buf, len, "pdf", e);
    }
}

/* Its end. Return: 0 and *@how, or -1 and @e: ERR_PDF_BOMB. */
static int tool_wait(struct tool *t, int64_t deadline_ms, struct proc_exit *how,
                     struct err *e)
{
    for (;;) {
        int64_t step = clock_mono_ms() + WATCH_MS;
        struct pollfd p = {.fd = t->proc.err, .events = POLLIN};
        int rc = proc_wait(&t->proc, step < deadline_ms ? step : deadline_ms, how, e);

        if (rc < 0)
            return -1;
        while (t->proc.err >= 0 && poll(&p, 1, 0) > 0) {
            hear(t);
            p.fd = t->proc.err;
        }
        if (rc > 0)
            return 0;
        if (clock_mono_ms() >= deadline_ms)
            return err_set(e, ERR_PDF_BOMB, "out of time");
    }
}

/* Run to the end and take its whole output. */
static int tool_text(struct tool *t, struct str *out, struct proc_exit *how,
                     struct err *e)
{
    int64_t deadline_ms = clock_mono_ms() + t->page_ms;

    for (;;) {
        char buf[PIECE];
        ssize_t n = tool_read(t, buf, sizeof buf, deadline_ms, e);

        if (n < 0)
            return -1;
        if (n == 0)
            return tool_wait(t, deadline_ms, how, e);
        str_add_mem(out, buf, (size_t)n);
        if (out->over)
            return err_set(e, ERR_PDF_BOMB, "too much output");
    }
}

/* ---- pages and their boxes ----------------------------------------------- */

/* "Page    3 size:  612 x 792 pts (letter)" */
static void read_boxes(const char *text, struct pdf_info *out)
{
    for (const char *p = text; p && *p; p = strchr(p, '\n'), p += p != NULL) {
        unsigned page = 0;
        double w = 0;
        double h = 0;

        if (sscanf(p, "Page %u size: %lf x %lf pts", &page, &w, &h) == 3 && page >= 1 &&
            page <= out->count) {
            out->pages[page - 1].width_pt = w;
            out->pages[page - 1].height_pt = h;
        }
    }
    for (size_t i = 0; i < out->count; i++)
        if (pdf_dpi(out->pages[i].width_pt, out->pages[i].height_pt, 0) == 0)
            out->pages[i].bad = ERR_PDF_PAGE_SIZE;
}

/*
 * The title and its like come first and hold whatever the file says, NUL and line ends
 * too: what counts begins with the last line "Pages:". "" when there is none.
 */
static const char *facts(struct str *text)
{
    static const char MARK[] = "\nPages:";
    const char *found = "";

    for (size_t i = 0; i < text->len; i++)
        if (text->p[i] == '\0')
            text->p[i] = ' ';
    for (const char *p = text->p; p && (p = strstr(p, MARK)); p++)
        found = p + 1;
    return found;
}

static int64_t read_count(const char *text)
{
    return str_starts(text, "Pages:") ? strtoll(text + 6, NULL, 10) : 0;
}

static int refuse(enum err_code code, const char *name, const struct tool *t,
                  struct err *e)
{
    (void)err_set(e, code, "%s", name);
    if (t && t->complaint.len > 0)
        (void)err_detail(e, "%.200s", str_text(&t->complaint));
    return -1;
}

/* @pages: "-f 1 -l N" asks for the boxes of these. */
static int ask_info(const char *path, const char *name, int64_t ms, const char *first,
                    const char *last, struct str *text, struct err *e)
{
    const char *const argv[] = {"pdfinfo", "-f", first, "-l", last, path, NULL};
    AUTO_TOOL struct tool t = TOOL_INIT(ms);
    struct proc_exit how = {0};
    struct err why = ERR_INIT;

    if (tool_start(&t, argv, path, -1, e) < 0)
        return -1;
    if (tool_text(&t, text, &how, &why) < 0)
        return refuse(ERR_PDF_BOMB, name, &t, e);
    if (strstr(str_text(&t.complaint), "Incorrect password"))
        return refuse(ERR_PDF_ENCRYPTED, name, &t, e);
    if (how.signaled)
        return refuse(ERR_PDF_BOMB, name, &t, e);
    if (how.status != 0)
        return refuse(ERR_PDF_DAMAGED, name, &t, e);
    return 0;
}

/* ---- every page drawn small ---------------------------------------------- */

/* "P5\n300 212\n255\n" and its bytes, from a pipe. */
struct frames {
    struct tool *t;
    char buf[PIECE];
    size_t len, at;
};

static int frame_byte(struct frames *f, int64_t deadline_ms, struct err *e)
{
    if (f->at == f->len) {
        ssize_t n = tool_read(f->t, f->buf, sizeof f->buf, deadline_ms, e);

        if (n <= 0)
            return -1;
        f->len = (size_t)n;
        f->at = 0;
    }
    return (unsigned char)f->buf[f->at++];
}

/* One frame. Return: 0, or -1 (@e is set when the time is over, else nothing came). */
static int read_frame(struct frames *f, struct err *e)
{
    int64_t deadline_ms = clock_mono_ms() + f->t->page_ms;
    char head[32];
    unsigned w = 0;
    unsigned h = 0;
    int lines = 0;

    for (size_t i = 0; lines < 3; i++) {
        int c = i < sizeof head - 1 ? frame_byte(f, deadline_ms, e) : -1;

        if (c < 0)
            return -1;
        head[i] = (char)c;
        head[i + 1] = '\0';
        lines += c == '\n';
    }
    if (sscanf(head, "P5 %u %u 255", &w, &h) != 2 || w > SMALL_MAX || h > SMALL_MAX)
        return -1;
    for (size_t left = (size_t)w * h; left > 0; left--)
        if (frame_byte(f, deadline_ms, e) < 0)
            return -1;
    return 0;
}

/*
 * Pages from @from to @to (from 0) by one child.
 * Return: number of pages drawn; fewer than asked for: *@code is what the next costs.
 */
static int64_t draw_small(const char *path, int64_t ms, size_t from, size_t to,
                          enum err_code *code, struct err *e)
{
    AUTO_MEM char *first = mem_printf("%zu", from + 1);
    AUTO_MEM char *last = mem_printf("%zu", to + 1);
    const char *const argv[] = {"pdftoppm", "-r",       "72", "-scale-to", SMALL_PX,
                                "-gray",    "-cropbox", "-f", first,       "-l",
                                last,       path,       NULL};
    AUTO_TOOL struct tool t = TOOL_INIT(ms);
    struct frames f = {.t = &t};
    struct proc_exit how = {0};
    struct err why = ERR_INIT;
    struct err ignored = ERR_INIT; /* its end is only asked for the reason */
    size_t done = 0;

    if (tool_start(&t, argv, path, -1, e) < 0)
        return -1;
    while (done < to - from + 1 && read_frame(&f, &why) == 0) {
        done++;
        if (proc_add_cpu(&t.proc, PDF_PAGE_CPU_S, &ignored) < 0)
            err_clear(&ignored); /* it has ended already */
    }
    *code = ERR_PDF_DAMAGED;
    if (why.code != ERR_NONE)
        *code = ERR_PDF_BOMB;
    else if (done < to - from + 1 &&
             tool_wait(&t, clock_mono_ms() + 1000, &how, &ignored) == 0 && how.signaled)
        *code = ERR_PDF_BOMB;
    return (int64_t)done;
}

static int prove_pages(const char *path, int64_t ms, struct pdf_info *out,
                       struct err *e)
{
    int lost = 0;
    size_t at = 0;

    while (at < out->count) {
        size_t end = at;
        enum err_code code = ERR_NONE;
        int64_t n = 0;

        if (out->pages[at].bad != ERR_NONE) {
            at++;
            continue;
        }
        if (lost >= PDF_LOST_MAX) {
            out->pages[at++].bad = ERR_PDF_BOMB;
            continue;
        }
        while (end + 1 < out->count && out->pages[end + 1].bad == ERR_NONE)
            end++;
        n = draw_small(path, ms, at, end, &code, e);
        if (n < 0)
            return -1;
        at += (size_t)n;
        if (at > end)
            continue;
        /* The child keeps the end of a page back until the next one: ask for this one
         * alone before it is called bad. */
        if (n > 0 || at < end) {
            n = draw_small(path, ms, at, at, &code, e);
            if (n < 0)
                return -1;
        }
        if (n == 0) {
            out->pages[at].bad = code;
            lost += code == ERR_PDF_BOMB;
        }
        at++;
    }
    return 0;
}

int pdf_inspect(const char *path, const char *name, const struct pdf_opts *opts,
                struct pdf_info *out, struct err *e)
{
    AUTO_PDF_INFO struct pdf_info info = {0};
    AUTO_MEM char *full = fs_absolute(path);
    AUTO_MEM char *last = mem_printf("%d", PDF_PAGES_MAX);
    AUTO_STR struct str text = STR_INIT(TEXT_MAX);
    int64_t count = 0;

    if (ask_info(full, name, page_ms(opts), "1", last, &text, e) < 0)
        return -1;
    count = read_count(facts(&text));
    if (count < 1)
        return refuse(ERR_PDF_DAMAGED, name, NULL, e);
    if (count > PDF_PAGES_MAX)
        return refuse(ERR_PDF_PAGES, name, NULL, e);
    info.count = (size_t)count;
    info.pages = mem_new(info.count, sizeof *info.pages);
    read_boxes(facts(&text), &info);
    if (prove_pages(full, page_ms(opts), &info, e) < 0)
        return -1;
    for (size_t i = 0; i < info.count; i++)
        info.good += info.pages[i].bad == ERR_NONE;
    if (info.good == 0)
        return refuse(info.pages[0].bad, name, NULL, e);
    *out = info;
    info = (struct pdf_info){0};
    return 0;
}

/* ---- one page for recognition -------------------------------------------- */

/* Resolution of the largest picture on the page, 0: none. Rows of pdfimages -list:
 * page num type width height color comp bpc enc interp object ID x-ppi y-ppi … */
static double picture_dpi(const char *text)
{
    double best = 0;
    double best_px = 0;

    for (const char *p = text; p && *p; p = strchr(p, '\n'), p += p != NULL) {
        char type[16];
        double w = 0;
        double h = 0;
        double x = 0;
        double y = 0;

        if (sscanf(p, " %*d %*d %15s %lf %lf %*s %*s %*s %*s %*s %*s %*s %lf %lf", type,
                   &w, &h, &x, &y) != 5 ||
            (strcmp(type, "image") != 0 && strcmp(type, "stencil") != 0))
            continue;
        if (w * h > best_px && x > 0 && y > 0) {
            best_px = w * h;
            best = x > y ? x : y;
        }
    }
    return best;
}

/* A hint only: without it the page is drawn as one without pictures. */
static double ask_pictures(const char *path, const char *page, int64_t ms)
{
    const char *const argv[] = {"pdfimages", "-list", "-f", page,
                                "-l",        page,    path, NULL};
    AUTO_TOOL struct tool t = TOOL_INIT(ms);
    AUTO_STR struct str text = STR_INIT(TEXT_MAX);
    struct proc_exit how = {0};
    struct err ignored = ERR_INIT;

    if (tool_start(&t, argv, path, -1, &ignored) < 0 ||
        tool_text(&t, &text, &how, &ignored) < 0)
        return 0;
    return picture_dpi(str_text(&text));
}

/* A file without a name below @folder. */
static int open_nameless(const char *folder, struct err *e)
{
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    AUTO_FD int fd = -1;

    if (fs_tmp_open(&tmp, folder, e) < 0)
        return -1;
    fd = fs_open(tmp.path, O_RDWR, 0, e);
    return TAKE_FD(fd); /* the name goes with @tmp */
}

/* Is it one whole PNM picture? */
static bool is_whole(int fd)
{
    char head[32] = {0};
    struct stat st;
    unsigned long w = 0;
    unsigned long h = 0;
    int used = 0;
    ssize_t n = pread(fd, head, sizeof head - 1, 0);

    return n > 0 && fstat(fd, &st) == 0 &&
           sscanf(head, "P6 %lu %lu 255%n", &w, &h, &used) == 2 && w >= 1 && h >= 1 &&
           w <= PDF_SIDE_MAX && h <= PDF_SIDE_MAX &&
           (uint64_t)st.st_size == (uint64_t)used + 1 + (uint64_t)w * h * 3;
}

int pdf_page_render(const char *path, const char *name, int index, const char *folder,
                    const struct pdf_opts *opts, struct pdf_picture *out, struct err *e)
{
    AUTO_MEM char *full = fs_absolute(path);
    AUTO_MEM char *page = mem_printf("%d", index + 1);
    AUTO_MEM char *dpi_text = NULL;
    AUTO_STR struct str text = STR_INIT(TEXT_MAX);
    AUTO_TOOL struct tool t = TOOL_INIT(page_ms(opts));
    AUTO_PDF_PICTURE struct pdf_picture p = PDF_PICTURE_INIT;
    AUTO_PDF_INFO struct pdf_info one = {0};
    struct proc_exit how = {0};
    struct err why = ERR_INIT;

    assert(index >= 0 && index < PDF_PAGES_MAX);
    if (ask_info(full, name, t.page_ms, page, page, &text, e) < 0)
        return -1;
    one.count = (size_t)index + 1;
    one.pages = mem_new(one.count, sizeof *one.pages);
    read_boxes(facts(&text), &one);
    p.dpi = pdf_dpi(one.pages[index].width_pt, one.pages[index].height_pt,
                    ask_pictures(full, page, t.page_ms));
    if (p.dpi == 0)
        return refuse(ERR_PDF_PAGE_SIZE, name, NULL, e);
    dpi_text = mem_printf("%d", p.dpi);
    p.fd = open_nameless(folder, e);
    if (p.fd < 0)
        return -1;
    {
        const char *const argv[] = {"pdftoppm", "-r", dpi_text, "-cropbox", "-f",
                                    page,       "-l", page,     full,       NULL};

        if (tool_start(&t, argv, full, p.fd, e) < 0)
            return -1;
    }
    if (tool_wait(&t, clock_mono_ms() + t.page_ms, &how, &why) < 0 || how.signaled)
        return refuse(ERR_PDF_BOMB, name, &t, e);
    if (!is_whole(p.fd))
        return refuse(ERR_PDF_DAMAGED, name, &t, e);
    *out = p;
    p = (struct pdf_picture)PDF_PICTURE_INIT;
    return 0;
}

int pdf_page_text(const char *path, const char *name, int index,
                  const struct pdf_opts *opts, struct str *out, struct err *e)
{
    AUTO_MEM char *full = fs_absolute(path);
    AUTO_MEM char *page = mem_printf("%d", index + 1);
    const char *const argv[] = {"pdftotext", "-bbox-layout", "-f", page, "-l",
                                page,        full,           "-",  NULL};
    AUTO_TOOL struct tool t = TOOL_INIT(page_ms(opts));
    struct proc_exit how = {0};
    struct err why = ERR_INIT;

    if (tool_start(&t, argv, full, -1, e) < 0)
        return -1;
    if (tool_text(&t, out, &how, &why) < 0 || how.signaled)
        return refuse(ERR_PDF_BOMB, name, &t, e);
    return how.status == 0 ? 0 : refuse(ERR_PDF_DAMAGED, name, &t, e);
}

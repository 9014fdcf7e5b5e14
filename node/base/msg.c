/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/msg.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"

static const char MAGIC[4] = {'S', 'H', 'm', '1'};

struct head {
    char magic[4];
    uint32_t type;
    uint64_t len;
};

/* Room for what the kernel rounds CMSG_SPACE up to: two descriptors fit where one was
 * asked for, so both have to be looked at. */
#define FDS_MAX 2
union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

void msg_clear(struct msg *m)
{
    mem_free(m->data);
    fs_fd_auto(&m->fd);
    *m = (struct msg)MSG_INIT;
}

/* Until @sock is ready. @deadline_ms 0: no limit. */
static int wait_for(int sock, short events, int64_t deadline_ms, struct err *e)
{
    for (;;) {
        struct pollfd p = {.fd = sock, .events = events};
        int64_t left = deadline_ms ? deadline_ms - clock_mono_ms() : -1;
        int n = 0;

        if (deadline_ms && left <= 0)
            return err_set(e, ERR_TIMEOUT, "message");
        n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
        if (n > 0)
            return 0; /* also on POLLHUP and POLLERR: the next call tells */
        if (n < 0 && errno != EINTR)
            return err_sys(e, ERR_WORKER_GONE, "message");
    }
}

static bool is_wait(int code)
{
    return code == EAGAIN || code == EINTR;
}

int msg_send(int sock, uint32_t type, const void *data, size_t len, int fd,
             int64_t deadline_ms, struct err *e)
{
    struct head head = {.type = type, .len = len};
    union control control = {0};
    const size_t all = sizeof head + len;
    size_t sent = 0;

    if (len > MSG_PAYLOAD_MAX)
        return err_set(e, ERR_LIMIT, "message of %zu bytes", len);
    memcpy(head.magic, MAGIC, sizeof MAGIC);
    while (sent < all) {
        size_t in_head = sent < sizeof head ? sent : sizeof head;
        size_t in_data = sent - in_head;
        struct iovec parts[2] = {
            {.iov_base = (char *)&head + in_head, .iov_len = sizeof head - in_head},
            {.iov_base = (char *)(uintptr_t)data + (len ? in_data : 0),
             .iov_len = len - in_data},
        };
        struct msghdr m = {.msg_iov = parts, .msg_iovlen = len ? 2 : 1};
        ssize_t n = 0;

        if (sent == 0 && fd >= 0) {
            m.msg_control = control.bytes;
            m.msg_controllen = CMSG_SPACE(sizeof fd);
            control.align = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd),
                                             .cmsg_level = SOL_SOCKET,
                                             .cmsg_type = SCM_RIGHTS};
            memcpy(CMSG_DATA(&control.align), &fd, sizeof fd);
        }
        n = sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            sent += (size_t)n;
            continue;
        }
        if (!is_wait(errno))
            return err_sys(e, ERR_WORKER_GONE, "message");
        if (wait_for(sock, POLLOUT, deadline_ms, e) < 0)
            return -1;
    }
    return 0;
}

int msg_send_parts(int sock, uint32_t type, const void *data, size_t len,
                   int64_t deadline_ms, struct err *e)
{
    const char *p = data;

    while (len > 0) {
        size_t n = len < MSG_PART_MAX ? len : MSG_PART_MAX;

        if (msg_send(sock, type, p, n, -1, deadline_ms, e) < 0)
            return -1;
        p += n;
        len -= n;
    }
    return 0;
}

/* Takes the descriptors that came along. More than one, or one nobody asked for, is
 * closed and refused; those that did not fit were closed by the kernel. */
static int take_fds(struct msghdr *h, int *fd, struct err *e)
{
    bool bad = (h->msg_flags & MSG_CTRUNC) != 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        size_t bytes = c->cmsg_len - CMSG_LEN(0);
        int got[FDS_MAX] = {-1, -1};

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
            bytes > sizeof got) {
            bad = true;
            continue;
        }
        memcpy(got, CMSG_DATA(c), bytes);
        for (size_t i = 0; i < bytes / sizeof(int); i++) {
            if (fd && *fd < 0) {
                *fd = got[i];
                continue;
            }
            (void)close(got[i]);
            bad = true;
        }
    }
    if (bad)
        return err_set(e, ERR_WORKER_PROTOCOL, "a descriptor that was not asked for");
    return 0;
}

/*
 * Exactly @len bytes. @fd: where a descriptor may go, NULL: none may come (without room
 * for control data the kernel drops it and says so). Return: 1, 0 when the other end
 * closed before the first byte, -1.
 */
static int receive(int sock, void *data, size_t len, int *fd, int64_t deadline_ms,
                   struct err *e)
{
    size_t got = 0;

    while (got < len) {
        union control control;
        struct iovec part = {.iov_base = (char *)data + got, .iov_len = len - got};
        struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
        ssize_t n = 0;

        if (fd) {
            m.msg_control = control.bytes;
            m.msg_controllen = sizeof control.bytes;
        }
        n = recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n >= 0 && take_fds(&m, fd, e) < 0)
            return -1;
        if (n == 0)
            return got == 0 ? 0 : err_set(e, ERR_WORKER_GONE, "message cut off");
        if (n > 0) {
            got += (size_t)n;
            continue;
        }
        if (!is_wait(errno))
            return err_sys(e, ERR_WORKER_GONE, "message");
        if (wait_for(sock, POLLIN, deadline_ms, e) < 0)
            return -1;
    }
    return 1;
}

int msg_recv(int sock, struct msg *m, size_t max, bool want_fd, int64_t deadline_ms,
             struct err *e)
{
    AUTO_MSG struct msg in = MSG_INIT;
    struct head head;
    int rc = receive(sock, &head, sizeof head, want_fd ? &in.fd : NULL, deadline_ms, e);

    if (rc <= 0)
        return rc;
    if (memcmp(head.magic, MAGIC, sizeof MAGIC) != 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "not a message");
    if (head.len > max || head.len > MSG_PAYLOAD_MAX)
        return err_set(e, ERR_WORKER_PROTOCOL, "message of %llu bytes",
                       (unsigned long long)head.len);
    in.type = head.type;
    in.len = (size_t)head.len;
    in.data = mem_try(in.len + 1, 1, MSG_PAYLOAD_MAX + 1, e);
    if (!in.data)
        return -1;
    if (in.len) {
        rc = receive(sock, in.data, in.len, NULL, deadline_ms, e);
        if (rc == 0)
            return err_set(e, ERR_WORKER_GONE, "message cut off");
        if (rc < 0)
            return -1;
    }
    msg_clear(m);
    *m = in;
    in = (struct msg)MSG_INIT;
    return 1;
}

void msg_part_clear(struct msg_part *p)
{
    msg_clear(&p->m);
    p->got = 0;
}

/* The head is whole: what it says, checked. */
static int begin_payload(struct msg_part *p, size_t max, struct err *e)
{
    struct head head;

    memcpy(&head, p->head, sizeof head);
    if (memcmp(head.magic, MAGIC, sizeof MAGIC) != 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "not a message");
    if (head.len > max || head.len > MSG_PAYLOAD_MAX)
        return err_set(e, ERR_WORKER_PROTOCOL, "message of %llu bytes",
                       (unsigned long long)head.len);
    p->m.type = head.type;
    p->m.len = (size_t)head.len;
    p->m.data = mem_try(p->m.len + 1, 1, MSG_PAYLOAD_MAX + 1, e);
    return p->m.data ? 0 : -1;
}

int msg_take(int sock, struct msg_part *p, size_t max, struct msg *m, struct err *e)
{
    _Static_assert(sizeof p->head == sizeof(struct head), "head of a message");

    for (;;) {
        bool in_head = p->got < sizeof p->head;
        size_t at = in_head ? p->got : p->got - sizeof p->head;
        size_t all = in_head ? sizeof p->head : p->m.len;
        char *to = in_head ? (char *)p->head : p->m.data;
        ssize_t n = 0;

        if (!in_head && at == all) {
            msg_clear(m);
            *m = p->m;
            *p = (struct msg_part)MSG_PART_INIT;
            return 1;
        }
        n = recv(sock, to + at, all - at, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0)
            return err_sys(e, ERR_WORKER_GONE, "message");
        if (n == 0)
            return err_set(e, ERR_WORKER_GONE, "message");
        p->got += (size_t)n;
        if (p->got == sizeof p->head && in_head && begin_payload(p, max, e) < 0)
            return -1;
    }
}

int msg_send_error(int sock, uint32_t type, const struct err *what, int64_t deadline_ms,
                   struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    jdoc_set_text(j, "code", err_code_name(what->code));
    jdoc_set_text(j, "subject", what->subject);
    jdoc_set_text(j, "detail", what->detail);
    jdoc_set_int(j, "errno", what->sys_errno);
    jdoc_print(j, &text);
    return msg_send(sock, type, str_text(&text), text.len, -1, deadline_ms, e);
}

int msg_read_error(const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct err bad = ERR_INIT; /* the message itself is what we report */
    const char *code = NULL;
    const char *subject = NULL;
    const char *detail = NULL;
    int64_t number = 0;
    enum err_code known = ERR_NONE;

    if (!m->data || jdoc_parse(m->data, m->len, &j, &bad) < 0)
        return err_set(e, ERR_INTERNAL, "unreadable error message");
    code = jdoc_text(j, "code");
    subject = jdoc_text(j, "subject");
    detail = jdoc_text(j, "detail");
    known = code && code[0] ? err_code_find(code) : ERR_NONE;
    (void)err_set(e, known ? known : ERR_INTERNAL, "%s", subject ? subject : "");
    if (detail && detail[0])
        (void)err_detail(e, "%s", detail);
    if (jdoc_int(j, "errno", 0, 4095, &number))
        e->sys_errno = (int)number;
    return -1;
}

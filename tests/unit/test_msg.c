/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/msg.h"

#define SOON (clock_mono_ms() + 5000)

/* Both ends of a socket. */
struct ends {
    int a;
    int b;
};

static struct ends new_ends(void)
{
    int pair[2] = {-1, -1};

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    return (struct ends){pair[0], pair[1]};
}

static void drop_ends(struct ends *s)
{
    fs_fd_auto(&s->a);
    fs_fd_auto(&s->b);
}

static int open_ends(void **state)
{
    struct ends *s = mem_new(1, sizeof *s);

    *s = new_ends();
    *state = s;
    return 0;
}

static int close_ends(void **state)
{
    drop_ends(*state);
    mem_free(*state);
    return 0;
}

static unsigned count_fds(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void send_raw(int sock, const void *data, size_t len)
{
    assert_int_equal(send(sock, data, len, 0), len);
}

/* @count descriptors with one byte-string. */
static void send_fds(int sock, const void *data, size_t len, const int *fds,
                     size_t count)
{
    char control[CMSG_SPACE(4 * sizeof(int))] __attribute__((aligned(8))) = {0};
    struct iovec part = {.iov_base = (char *)(uintptr_t)data, .iov_len = len};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof(int)),
                          .cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    assert_int_equal(sendmsg(sock, &m, 0), len);
}

struct head {
    char magic[4];
    uint32_t type;
    uint64_t len;
};

static void test_msg__comes_as_it_was_sent(void **state)
{
    struct ends *s = *state;
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;

    unit_ok(msg_send(s->a, 7, "trang\0hai", 9, -1, SOON, &e), &e);
    unit_ok(msg_send(s->a, 8, NULL, 0, -1, 0, &e), &e);
    assert_int_equal(msg_recv(s->b, &m, 9, false, SOON, &e), 1);
    assert_int_equal(m.type, 7);
    assert_int_equal(m.len, 9);
    assert_memory_equal(m.data, "trang\0hai", 10);
    assert_int_equal(m.fd, -1);
    assert_int_equal(msg_recv(s->b, &m, 0, false, SOON, &e), 1);
    assert_int_equal(m.type, 8);
    assert_int_equal(m.len, 0);
    assert_string_equal(m.data, "");
}

static void test_msg__the_largest_passes(void **state)
{
    struct ends *s = *state;
    AUTO_MSG struct msg m = MSG_INIT;
    AUTO_MEM char *data = mem_new(MSG_PAYLOAD_MAX, 1);
    struct err e = ERR_INIT;
    int status = 0;
    pid_t pid = 0;

    for (size_t i = 0; i < MSG_PAYLOAD_MAX; i += 4093)
        data[i] = (char)(i / 4093);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(msg_send(s->a, 1, data, MSG_PAYLOAD_MAX, -1, SOON, &e) < 0 ? 1 : 0);
    assert_int_equal(msg_recv(s->b, &m, MSG_PAYLOAD_MAX, false, SOON, &e), 1);
    assert_int_equal(m.len, MSG_PAYLOAD_MAX);
    assert_int_equal(memcmp(m.data, data, m.len), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    unit_fails(msg_send(s->a, 1, data, MSG_PAYLOAD_MAX + 1, -1, SOON, &e), ERR_LIMIT,
               &e);
}

static void test_msg__hands_a_descriptor_over(void **state)
{
    struct ends *s = *state;
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;
    int ends[2];
    char c = 0;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    unit_ok(msg_send(s->a, 1, "fd", 2, ends[0], SOON, &e), &e);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(msg_recv(s->b, &m, 10, true, SOON, &e), 1);
    assert_true(m.fd >= 0);
    assert_int_equal(fcntl(m.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(read(m.fd, &c, 1), 1);
    assert_int_equal(c, 'x');
    msg_clear(&m);
    assert_int_equal(m.fd, -1);
    msg_clear(&m);
}

static void test_msg__a_descriptor_nobody_asked_for_is_refused(void **state)
{
    struct ends *s = *state;
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;
    unsigned before = count_fds();

    unit_ok(msg_send(s->a, 1, "fd", 2, s->a, SOON, &e), &e);
    unit_fails(msg_recv(s->b, &m, 10, false, SOON, &e), ERR_WORKER_PROTOCOL, &e);
    assert_int_equal(count_fds(), before);
    assert_null(m.data);
}

static void test_msg__more_descriptors_than_one_are_closed(void **state)
{
    struct head head = {"SHm1", 1, 0};

    for (size_t count = 2; count <= 4; count++) {
        struct ends s = new_ends();
        AUTO_MSG struct msg m = MSG_INIT;
        struct err e = ERR_INIT;
        unsigned before = count_fds();
        int fds[4];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(fds); i++)
            fds[i] = s.a;
        send_fds(s.a, &head, sizeof head, fds, count);
        unit_fails(msg_recv(s.b, &m, 10, true, SOON, &e), ERR_WORKER_PROTOCOL, &e);
        assert_int_equal(count_fds(), before);
        drop_ends(&s);
    }
}

static void test_msg__no_descriptor_with_the_payload(void **state)
{
    struct ends *s = *state;
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;
    struct head head = {"SHm1", 1, 4};
    unsigned before = count_fds();

    send_raw(s->a, &head, sizeof head);
    send_fds(s->a, "data", 4, &s->a, 1);
    unit_fails(msg_recv(s->b, &m, 10, true, SOON, &e), ERR_WORKER_PROTOCOL, &e);
    assert_int_equal(count_fds(), before);
}

static void test_msg__large_data_comes_in_parts(void **state)
{
    struct ends *s = *state;
    size_t len = MSG_PART_MAX + 5;
    AUTO_MEM char *data = mem_new(len, 1);
    struct err e = ERR_INIT;
    pid_t child = fork();
    int status = -1;

    data[len - 1] = 'z';
    if (child == 0)
        _exit(msg_send_parts(s->a, 7, data, len, SOON, &e) < 0 ||
              msg_send_parts(s->a, 7, NULL, 0, SOON, &e) < 0);
    for (size_t want = MSG_PART_MAX; want > 0; want = want == MSG_PART_MAX ? 5 : 0) {
        AUTO_MSG struct msg m = MSG_INIT;

        assert_int_equal(msg_recv(s->b, &m, MSG_PART_MAX, false, SOON, &e), 1);
        assert_int_equal(m.len, want);
        assert_int_equal(((const char *)m.data)[want - 1], want == 5 ? 'z' : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_msg__bad_heads_are_refused(void **state)
{
    static const struct {
        struct head head;
        size_t max;
    } BAD[] = {
        {{"SHm2", 1, 0}, 100},
        {{"", 1, 0}, 100},
        {{"SHm1", 1, 101}, 100},
        {{"SHm1", 1, UINT64_MAX}, 100},
        {{"SHm1", 1, UINT64_MAX}, SIZE_MAX},
        {{"SHm1", 1, MSG_PAYLOAD_MAX + 1}, SIZE_MAX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        AUTO_MSG struct msg m = MSG_INIT;
        struct err e = ERR_INIT;
        struct ends s = new_ends();

        send_raw(s.a, &BAD[i].head, sizeof BAD[i].head);
        unit_fails(msg_recv(s.b, &m, BAD[i].max, false, SOON, &e), ERR_WORKER_PROTOCOL,
                   &e);
        drop_ends(&s);
    }
}

static void test_msg__a_closed_end(void **state)
{
    struct ends *s = *state;
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;

    fs_fd_auto(&s->a);
    assert_int_equal(msg_recv(s->b, &m, 10, false, SOON, &e), 0);
    /* And no SIGPIPE. */
    unit_fails(msg_send(s->b, 1, "x", 1, -1, SOON, &e), ERR_WORKER_GONE, &e);
}

static void test_msg__a_cut_message(void **state)
{
    struct head head = {"SHm1", 1, 5};

    (void)state;
    for (size_t len = 1; len < sizeof head + 5; len++) {
        AUTO_MSG struct msg m = MSG_INIT;
        struct err e = ERR_INIT;
        char bytes[sizeof head + 5] = {0};
        struct ends s = new_ends();

        memcpy(bytes, &head, sizeof head);
        send_raw(s.a, bytes, len);
        fs_fd_auto(&s.a);
        unit_fails(msg_recv(s.b, &m, 10, false, SOON, &e), ERR_WORKER_GONE, &e);
        drop_ends(&s);
    }
}

static void test_msg__time_runs_out(void **state)
{
    struct ends *s = *state;
    AUTO_MSG struct msg m = MSG_INIT;
    AUTO_MEM char *data = mem_new((size_t)4 << 20, 1);
    struct err e = ERR_INIT;
    int64_t start = clock_mono_ms();

    unit_fails(msg_recv(s->b, &m, 10, false, start + 30, &e), ERR_TIMEOUT, &e);
    /* In the middle of a message too. */
    send_raw(s->a, "SH", 2);
    unit_fails(msg_recv(s->b, &m, 10, false, start + 60, &e), ERR_TIMEOUT, &e);
    /* Nobody reads: the buffer is full some time. */
    unit_fails(msg_send(s->b, 1, data, (size_t)4 << 20, -1, start + 90, &e),
               ERR_TIMEOUT, &e);
    assert_in_range(clock_mono_ms() - start, 90, 3000);
}

static void test_msg__no_socket_at_all(void **state)
{
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;

    (void)state;
    unit_fails(msg_send(-1, 1, "x", 1, -1, SOON, &e), ERR_WORKER_GONE, &e);
    unit_fails(msg_recv(-1, &m, 1, false, SOON, &e), ERR_WORKER_GONE, &e);
}

static void test_msg__errors_travel(void **state)
{
    struct ends *s = *state;
    AUTO_MSG struct msg m = MSG_INIT;
    struct err sent = ERR_INIT;
    struct err got = ERR_INIT;
    struct err e = ERR_INIT;

    errno = EIO;
    (void)err_sys(&sent, ERR_READ, "trang 12 của hồ sơ \"%s\"", "0045\n");
    unit_ok(msg_send_error(s->a, 3, &sent, SOON, &e), &e);
    assert_int_equal(msg_recv(s->b, &m, 10000, false, SOON, &e), 1);
    assert_int_equal(m.type, 3);
    assert_int_equal(msg_read_error(&m, &got), -1);
    assert_int_equal(got.code, sent.code);
    assert_int_equal(got.sys_errno, EIO);
    assert_string_equal(got.subject, sent.subject);
    assert_string_equal(got.detail, sent.detail);
}

static void test_msg__errors_are_distrusted(void **state)
{
    static const struct {
        const char *text;
        enum err_code code;
        int sys_errno;
        const char *subject;
    } CASES[] = {
        {"", ERR_INTERNAL, 0, NULL},
        {"not json", ERR_INTERNAL, 0, NULL},
        {"[]", ERR_INTERNAL, 0, ""},
        {"{}", ERR_INTERNAL, 0, ""},
        {"{\"code\":\"\"}", ERR_INTERNAL, 0, ""},
        {"{\"code\":\"SH-NO-SUCH\",\"subject\":\"a\"}", ERR_INTERNAL, 0, "a"},
        {"{\"code\":7,\"subject\":7,\"errno\":\"x\"}", ERR_INTERNAL, 0, ""},
        {"{\"code\":\"SH-READ\",\"errno\":99999}", ERR_READ, 0, ""},
        {"{\"code\":\"SH-READ\",\"errno\":-1}", ERR_READ, 0, ""},
        {"{\"code\":\"SH-READ\",\"errno\":5,\"subject\":\"%s%n\"}", ERR_READ, 5,
         "%s%n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct err e = ERR_INIT;
        struct msg m = {.data = (char *)(uintptr_t)CASES[i].text,
                        .len = strlen(CASES[i].text),
                        .fd = -1};

        assert_int_equal(msg_read_error(&m, &e), -1);
        assert_int_equal(e.code, CASES[i].code);
        assert_int_equal(e.sys_errno, CASES[i].sys_errno);
        if (CASES[i].subject)
            assert_string_equal(e.subject, CASES[i].subject);
    }
    {
        struct err e = ERR_INIT;
        struct msg none = MSG_INIT;

        assert_int_equal(msg_read_error(&none, &e), -1);
        assert_int_equal(e.code, ERR_INTERNAL);
    }
}

#define ends_case(f) cmocka_unit_test_setup_teardown(f, open_ends, close_ends)

/* ---- taken bit by bit -------------------------------------------------------------
 */

static void test_msg__is_taken_as_it_comes(void **state)
{
    struct ends *s = *state;
    struct ends raw = new_ends();
    AUTO_MSG struct msg m = MSG_INIT;
    struct msg_part part = MSG_PART_INIT;
    struct err e = ERR_INIT;
    char bytes[64];
    ssize_t n = 0;

    unit_ok(msg_send(s->a, 7, "hello", 5, -1, SOON, &e), &e);
    n = recv(s->b, bytes, sizeof bytes, 0);
    assert_int_equal(n, 16 + 5);
    assert_int_equal(msg_take(raw.b, &part, 5, &m, &e), 0);
    for (ssize_t i = 0; i < n; i++) {
        send_raw(raw.a, bytes + i, 1);
        assert_int_equal(msg_take(raw.b, &part, 5, &m, &e), i == n - 1);
    }
    assert_int_equal(m.type, 7);
    assert_string_equal(m.data, "hello");
    /* Two at once: one each time. An empty one, too. */
    unit_ok(msg_send(raw.a, 1, NULL, 0, -1, SOON, &e), &e);
    unit_ok(msg_send(raw.a, 2, "x", 1, -1, SOON, &e), &e);
    assert_int_equal(msg_take(raw.b, &part, 5, &m, &e), 1);
    assert_int_equal(m.type, 1);
    assert_int_equal(m.len, 0);
    assert_int_equal(msg_take(raw.b, &part, 5, &m, &e), 1);
    assert_int_equal(m.type, 2);
    assert_int_equal(msg_take(raw.b, &part, 5, &m, &e), 0);
    drop_ends(&raw);
    msg_part_clear(&part);
}

static void test_msg__taking_checks_as_receiving_does(void **state)
{
    struct ends *s = *state;
    AUTO_MSG struct msg m = MSG_INIT;
    struct msg_part part = MSG_PART_INIT;
    struct err e = ERR_INIT;

    unit_ok(msg_send(s->a, 1, "123456", 6, -1, SOON, &e), &e);
    unit_fails(msg_take(s->b, &part, 5, &m, &e), ERR_WORKER_PROTOCOL, &e);
    msg_part_clear(&part);
    drop_ends(s);
    *s = new_ends();
    send_raw(s->a, "GET / HTTP/1.1\r\n", 16);
    unit_fails(msg_take(s->b, &part, 5, &m, &e), ERR_WORKER_PROTOCOL, &e);
    msg_part_clear(&part);
    drop_ends(s);
    *s = new_ends();
    fs_fd_auto(&s->a);
    unit_fails(msg_take(s->b, &part, 5, &m, &e), ERR_WORKER_GONE, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ends_case(test_msg__comes_as_it_was_sent),
        ends_case(test_msg__the_largest_passes),
        ends_case(test_msg__large_data_comes_in_parts),
        ends_case(test_msg__hands_a_descriptor_over),
        ends_case(test_msg__a_descriptor_nobody_asked_for_is_refused),
        ends_case(test_msg__more_descriptors_than_one_are_closed),
        ends_case(test_msg__no_descriptor_with_the_payload),
        ends_case(test_msg__bad_heads_are_refused),
        ends_case(test_msg__a_closed_end),
        ends_case(test_msg__a_cut_message),
        ends_case(test_msg__time_runs_out),
        ends_case(test_msg__no_socket_at_all),
        ends_case(test_msg__errors_travel),
        ends_case(test_msg__errors_are_distrusted),
        ends_case(test_msg__is_taken_as_it_comes),
        ends_case(test_msg__taking_checks_as_receiving_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

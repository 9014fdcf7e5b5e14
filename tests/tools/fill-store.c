/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/flow/flow.h"
#include "node/store/sql.h"
#include "node/store/store_dossier.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"
#include "node/store/store_search.h"

/*
 * fill-store HOME RECORDS SEED: makes a commune's store large, for measuring.
 *
 * HOME has a few pages that were read. RECORDS entries of birth registers are added to
 * it, BOOK_ENTRIES in a book: each has a page whose picture, text and boxes are those
 * of one of the real pages, and twelve fields with a name of its own; one in five waits
 * to be verified (two of its fields doubtful), the others are. Prints how many there
 * are.
 */
#define BOOK_ENTRIES 200
#define A_COMMIT     2000
#define REAL_MAX     64

static const char *const SURNAMES[] = {
    "NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HOÀNG", "HUỲNH", "PHAN", "VŨ", "VÕ",
    "ĐẶNG",   "BÙI",  "ĐỖ", "HỒ",   "NGÔ",   "DƯƠNG", "LÝ",   "H'", "Y"};
static const char *const MIDDLES[] = {"THỊ",   "VĂN",   "HỮU",  "ĐỨC",  "NGỌC", "MINH",
                                      "QUANG", "THANH", "XUÂN", "HỒNG", "KIM",  "ĐÌNH"};
static const char *const GIVEN[] = {
    "AN",   "BÌNH", "CHÂU", "DŨNG", "ĐẠT",   "GIANG", "HÀ",    "HẢI",
    "HẠNH", "HIẾU", "HOA",  "HÙNG", "HƯƠNG", "HUY",   "KHÁNH", "LAN",
    "LINH", "LONG", "MAI",  "NAM",  "NGA",   "NHUNG", "PHÚC",  "PHƯƠNG",
    "QUÂN", "SƠN",  "TÂM",  "THẢO", "THU",   "TOÀN",  "TRANG", "TRUNG",
    "TÚ",   "TUẤN", "UYÊN", "VÂN",  "VINH",  "XUYẾN", "YẾN",   "ÊBAN"};

struct real {
    struct page page;
    struct store_text text;
};

struct fill {
    struct flow f;
    struct real real[REAL_MAX];
    size_t real_count;
    uint64_t seed;
};

static uint64_t draw(struct fill *m, uint64_t below)
{
    m->seed = m->seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (m->seed >> 33) % below;
}
#define ONE_OF(m, list) ((list)[draw((m), sizeof(list) / sizeof(list)[0])])

static int keep_page(void *ctx, const struct page *p, struct err *e)
{
    struct fill *m = ctx;
    struct real *r = &m->real[m->real_count];
    int rc = store_page_text(m->f.store, p->id, &r->text, e);

    if (rc <= 0)
        return rc;
    r->page = *p;
    m->real_count++;
    return m->real_count == REAL_MAX;
}

static int keep_item(void *ctx, const struct item *it, struct err *e)
{
    struct fill *m = ctx;

    return store_page_of_item(m->f.store, it->name, keep_page, m, e) < 0
               ? -1
               : m->real_count == REAL_MAX;
}

static int add_field(struct store *s, const struct item *it, const char *name,
                     const char *value, bool doubtful, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "INSERT INTO field (item, name, value, source, confidence, doubtful, "
            "reason,"
            " actor, rev, at, present) VALUES (?1, ?2, ?3, 'ocr', ?4, ?5, ?6, 'ocr', 1,"
            " ?7, 1)",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, it->id);
    sql_bind_text(&q, 2, name);
    sql_bind_text(&q, 3, value);
    sql_bind_int(&q, 4, doubtful ? 55 : 96);
    sql_bind_int(&q, 5, doubtful);
    sql_bind_text(&q, 6, doubtful ? "two-readings" : "");
    sql_bind_int(&q, 7, it->created);
    return sql_run(&q, e);
}

static int add_name(struct fill *m, const struct item *it, const char *field,
                    bool doubtful, struct err *e)
{
    char name[128];

    (void)snprintf(name, sizeof name, "%s %s %s %s", ONE_OF(m, SURNAMES),
                   ONE_OF(m, MIDDLES), ONE_OF(m, MIDDLES), ONE_OF(m, GIVEN));
    return add_field(m->f.store, it, field, name, doubtful, e);
}

static int add_day(struct fill *m, const struct item *it, const char *field, int year,
                   bool doubtful, struct err *e)
{
    char day[16];

    (void)snprintf(day, sizeof day, "%04d-%02d-%02d", year, (int)(1 + draw(m, 12)),
                   (int)(1 + draw(m, 28)));
    return add_field(m->f.store, it, field, day, doubtful, e);
}

static int add_fields(struct fill *m, const struct item *it, int64_t number, int year,
                      bool waits, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct store *s = m->f.store;
    char text[32];
    char book[32];

    (void)snprintf(text, sizeof text, "%" PRId64 "/%d", number, year);
    (void)snprintf(book, sizeof book, "01/%d", year);
    if (add_field(s, it, "so", text, false, e) < 0 ||
        add_field(s, it, "quyenSo", book, false, e) < 0 ||
        add_day(m, it, "ngayDangKy", year, false, e) < 0 ||
        add_name(m, it, "nksHoTen", waits, e) < 0 ||
        add_field(s, it, "nksGioiTinh", draw(m, 2) ? "Nữ" : "Nam", false, e) < 0 ||
        add_day(m, it, "nksNgaySinh", year, waits, e) < 0 ||
        add_field(s, it, "nksNoiSinh", "Trạm y tế xã Phú Thịnh", false, e) < 0 ||
        add_field(s, it, "nksDanToc", draw(m, 3) ? "Kinh" : "Ê Đê", false, e) < 0 ||
        add_name(m, it, "meHoTen", false, e) < 0 ||
        add_day(m, it, "meNgaySinh", year - 24, false, e) < 0 ||
        add_name(m, it, "chaHoTen", false, e) < 0 ||
        add_day(m, it, "chaNgaySinh", year - 27, false, e) < 0 ||
        SQL(s, &q, "UPDATE item SET number = ?2, number_year = ?3 WHERE id = ?1", e) <
            0)
        return -1;
    sql_bind_int(&q, 1, it->id);
    sql_bind_int(&q, 2, number);
    sql_bind_int(&q, 3, year);
    return sql_run(&q, e) < 0 ? -1 : store_search_fields(s, it->name, e);
}

/* A page with a name of its own and everything else of a real one. */
static int add_page(struct fill *m, const struct item *it, struct err *e)
{
    const struct real *from = &m->real[draw(m, m->real_count)];
    struct page p = from->page;
    struct store_reading r = {.state = PAGE_RECOGNIZED,
                              .gate = PAGE_CLEAR,
                              .width_px = p.width_px,
                              .height_px = p.height_px,
                              .dpi = p.dpi,
                              .confidence = from->text.confidence,
                              .text = from->text.text,
                              .boxes = from->text.boxes.p,
                              .boxes_len = from->text.boxes.len,
                              .words = from->text.words,
                              .pipeline = from->text.pipeline,
                              .model = from->text.model,
                              .now = it->created};

    hash_bytes(it->name, strlen(it->name), p.name);
    (void)snprintf(p.item, sizeof p.item, "%s", it->name);
    p.id = p.seq = 0;
    return store_page_add(m->f.store, m->f.home.node, &p, e) < 0
               ? -1
               : store_page_reading(m->f.store, p.id, &r, e);
}

static int add_book(struct fill *m, int64_t nth, int64_t entries, struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    const struct home *h = &m->f.home;
    char title[64];

    d.kind = DOSSIER_REGISTER;
    d.year = 1976 + (int)(nth % 45);
    d.volume = 1 + (int)(nth / 45);
    d.series = DOSSIER_BY_VOLUME;
    d.from = 1;
    d.to = entries;
    d.created = clock_now();
    (void)snprintf(d.record, sizeof d.record, "birth");
    (void)snprintf(d.unit_code, sizeof d.unit_code, "%s", h->unit_code);
    (void)snprintf(d.unit_from, sizeof d.unit_from, "%s", h->unit_valid_from);
    (void)snprintf(title, sizeof title, "Khai sinh %d, quyển %d", d.year, d.volume);
    d.title = mem_dup(title);
    if (store_dossier_add(m->f.store, h->node, &d, e) < 0)
        return -1;
    for (int64_t n = 1; n <= entries; n++) {
        struct item it = {.created = d.created};
        bool waits = draw(m, 5) == 0;

        (void)snprintf(it.kind, sizeof it.kind, "birth");
        (void)snprintf(it.dossier, sizeof it.dossier, "%s", d.name);
        (void)snprintf(it.unit_code, sizeof it.unit_code, "%s", h->unit_code);
        (void)snprintf(it.unit_from, sizeof it.unit_from, "%s", h->unit_valid_from);
        if (store_item_add(m->f.store, h->node, &it, e) < 0 ||
            add_page(m, &it, e) < 0 || add_fields(m, &it, n, d.year, waits, e) < 0 ||
            store_item_act(m->f.store, it.name, ITEM_RECOGNIZE, NULL, e) < 0 ||
            (!waits && store_item_act(m->f.store, it.name, ITEM_VERIFY, NULL, e) < 0))
            return -1;
    }
    return 0;
}

static int fill(struct fill *m, int64_t records, struct err *e)
{
    for (int64_t done = 0, nth = 0; done < records;) {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        if (store_begin(m->f.store, &t, e) < 0)
            return -1;
        for (int64_t end = done + A_COMMIT; done < end && done < records; nth++) {
            int64_t left = records - done;
            int64_t entries = left < BOOK_ENTRIES ? left : BOOK_ENTRIES;

            if (add_book(m, nth, entries, e) < 0)
                return -1;
            done += entries;
        }
        if (store_commit(&t, e) < 0 || store_checkpoint(m->f.store, e) < 0)
            return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct fill m = {.seed = 0};
    struct err e = ERR_INIT;
    int64_t records = 0;
    int64_t seed = 0;
    int rc = 0;

    if (argc != 4 || !num_parse(argv[2], 1, 10000000, &records) ||
        !num_parse(argv[3], 0, INT32_MAX, &seed)) {
        (void)fprintf(stderr, "usage: fill-store HOME RECORDS SEED\n");
        return 2;
    }
    m.seed = (uint64_t)seed;
    rc = flow_open(argv[1], &m.f, &e);
    if (rc == 0)
        rc = store_item_each(m.f.store, NULL, keep_item, &m, &e);
    if (rc >= 0 && m.real_count == 0)
        rc = err_set(&e, ERR_PAGE, "%s has no page that was read", argv[1]);
    if (rc >= 0)
        rc = fill(&m, records, &e);
    if (rc < 0)
        (void)fprintf(stderr, "fill-store: %s %s\n", err_code_name(e.code), e.detail);
    else
        printf("%" PRId64 " records, pages like %zu real ones\n", records,
               m.real_count);
    for (size_t i = 0; i < m.real_count; i++)
        store_page_text_clear(&m.real[i].text);
    flow_close(&m.f);
    return rc < 0;
}

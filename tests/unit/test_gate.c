/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/gate.h"

#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <git2.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include "node/base/deflate.h"
#include "node/base/i18n.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "sync/enrol.h"
#include "sync/pack.h"
#include "sync/receive.h"
#include "sync/request.h"
#include "tests/unit/sync_help.h"

/*
 * Hostile pushes, object by object by hand, through the real door: receive_request(),
 * stock git receive-pack and the hook, which is this very program. Each differs from a
 * good one in one thing and must be refused with refs and files of the repository
 * unchanged.
 */

#define MiB ((size_t)1 << 20)

/* ---- a pack by hand
 * -------------------------------------------------------------------- */

struct pack {
    struct str bytes; /* objects only */
    uint32_t count;
};

static void oid_of(git_object_t type, const void *data, size_t len, char out[41])
{
    git_oid oid;

    assert_int_equal(git_odb_hash(&oid, data, len, type), 0);
    git_oid_tostr(out, 41, &oid);
}

static void pack_raw(struct pack *p, unsigned type, size_t says, const void *data,
                     size_t len)
{
    size_t rest = says >> 4;

    str_add_char(&p->bytes, (char)((type << 4) | (says & 15) | (rest ? 0x80 : 0)));
    while (rest) {
        str_add_char(&p->bytes, (char)((rest & 0x7f) | (rest >> 7 ? 0x80 : 0)));
        rest >>= 7;
    }
    if (type == 7) /* a delta names its base */
        str_add_mem(&p->bytes, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24",
                    20);
    deflate_pack(data, len, &p->bytes);
    p->count++;
}

static void pack_add(struct pack *p, git_object_t type, const void *data, size_t len,
                     char out[41])
{
    oid_of(type, data, len, out);
    pack_raw(p, (unsigned)type, len, data, len);
}

static void tree_add(struct str *t, const char *mode, const char *name, const char *hex)
{
    unsigned char raw[20];

    assert_true(hash_unhex(hex, raw, 20));
    str_addf(t, "%s %s", mode, name);
    str_add_mem(t, "", 1);
    str_add_mem(t, raw, 20);
}

/* ---- the cases
 * -------------------------------------------------------------------------- */

enum which {
    GOOD,
    REF_OTHER_NODE,
    REF_HEAD,
    REF_RECEIPTS,
    REF_KEYS,
    REF_EPOCH_ZERO,
    REF_DEEP,
    DELETION,
    CLASS_DIFFERS,
    EPOCH_DIFFERS,
    NODE_DIFFERS,
    UNIT_DIFFERS,
    UNIT_DATE_DIFFERS,
    SEQ_SKIPS,
    SEQ_REPEATS,
    PREV_DIFFERS,
    COUNTER_STANDS,
    NOT_FORWARD,
    PARENT_MISSING,
    TWO_PARENTS,
    UNSIGNED,
    SIGNED_BY_OTHER,
    SIGNED_OTHER_TEXT,
    SIGNED_OTHER_SPACE,
    SIGNATURE_JUNK,
    MANIFEST_SPACE,
    MANIFEST_NO_LF,
    MANIFEST_JUNK,
    MANIFEST_HUGE,
    MANIFEST_MISSING,
    MANIFEST_IS_TREE,
    ROOT_EXTRA,
    ROOT_EXTRA_TREE,
    META_UNLISTED,
    META_MISSING,
    OBJ_EXTRA,
    OBJ_MISSING,
    OBJ_TREE_MISSING,
    OBJ_EMPTY_FAN,
    OBJ_WRONG_FAN,
    OBJ_TOO_DEEP,
    CONTENT_DIFFERS,
    SIZE_LIES,
    BLOB_MISSING,
    GIT_DIFFERS,
    MODE_EXEC,
    MODE_LINK,
    MODE_GITLINK,
    MODE_ODD,
    MODE_PADDED,
    NAME_GIT,
    NAME_NEWLINE,
    NAME_UPPER,
    NAME_DOTS,
    NAME_LONG,
    NAME_ESCAPE,
    TREE_UNSORTED,
    TREE_TWICE,
    TREE_JUNK,
    COMMIT_WORDS,
    COMMIT_AUTHOR,
    COMMIT_TIME,
    COMMIT_HEADER,
    COMMIT_NUL,
    COMMIT_HUGE,
    PART_WITHOUT_BEGINNING,
    OBJECT_UNCUT,
    STRAY_BLOB,
    PACK_TAG,
    PACK_DELTA,
    PACK_CUT,
    PACK_LONGER,
    PACK_SHORTER,
    PACK_BOMB,
    PACK_COUNT_MORE,
    PACK_COUNT_LESS,
    PACK_COUNT_HUGE,
    PACK_JUNK_AFTER,
    PACK_TRAILER,
    PACK_VERSION,
    PACK_NONE,
    PACK_DAMAGED,
    TWO_COMMANDS,
    CAPABILITIES,
    COMMAND_JUNK,
    CASE_COUNT
};

struct want {
    enum which which;
    enum err_code code, other; /* either */
};

static const struct want wants[] = {
    {REF_OTHER_NODE, ERR_GATE_REF, 0},
    {REF_HEAD, ERR_GATE_REF, 0},
    {REF_RECEIPTS, ERR_GATE_REF, 0},
    {REF_KEYS, ERR_GATE_REF, 0},
    {REF_EPOCH_ZERO, ERR_GATE_REF, 0},
    {REF_DEEP, ERR_GATE_REF, 0},
    {DELETION, ERR_GATE_REF, 0},
    {CLASS_DIFFERS, ERR_GATE_REF, 0},
    {EPOCH_DIFFERS, ERR_GATE_REF, 0},
    {NODE_DIFFERS, ERR_SIGNATURE, ERR_BUNDLE_FORM},
    {UNIT_DIFFERS, ERR_GATE_REF, 0},
    {UNIT_DATE_DIFFERS, ERR_GATE_REF, 0},
    {SEQ_SKIPS, ERR_BUNDLE_CHAIN, 0},
    {SEQ_REPEATS, ERR_BUNDLE_CHAIN, ERR_BUNDLE_FORM},
    {PREV_DIFFERS, ERR_BUNDLE_CHAIN, 0},
    {COUNTER_STANDS, ERR_BUNDLE_CHAIN, 0},
    {NOT_FORWARD, ERR_BUNDLE_CHAIN, 0},
    {PARENT_MISSING, ERR_BUNDLE_DAMAGED, ERR_GATE_FORM},
    {TWO_PARENTS, ERR_BUNDLE_FORM, 0},
    {UNSIGNED, ERR_SIGNATURE, 0},
    {SIGNED_BY_OTHER, ERR_SIGNATURE, 0},
    {SIGNED_OTHER_TEXT, ERR_SIGNATURE, 0},
    {SIGNED_OTHER_SPACE, ERR_SIGNATURE, 0},
    {SIGNATURE_JUNK, ERR_SIGNATURE, 0},
    {MANIFEST_SPACE, ERR_MANIFEST, 0},
    {MANIFEST_NO_LF, ERR_MANIFEST, 0},
    {MANIFEST_JUNK, ERR_MANIFEST, 0},
    {MANIFEST_HUGE, ERR_BUNDLE_SIZE, 0},
    {MANIFEST_MISSING, ERR_BUNDLE_FORM, 0},
    {MANIFEST_IS_TREE, ERR_BUNDLE_FORM, 0},
    {ROOT_EXTRA, ERR_BUNDLE_FORM, 0},
    {ROOT_EXTRA_TREE, ERR_BUNDLE_FORM, 0},
    {META_UNLISTED, ERR_BUNDLE_FORM, 0},
    {META_MISSING, ERR_BUNDLE_FORM, 0},
    {OBJ_EXTRA, ERR_BUNDLE_FORM, 0},
    {OBJ_MISSING, ERR_BUNDLE_FORM, 0},
    {OBJ_TREE_MISSING, ERR_BUNDLE_FORM, 0},
    {OBJ_EMPTY_FAN, ERR_BUNDLE_FORM, 0},
    {OBJ_WRONG_FAN, ERR_BUNDLE_FORM, 0},
    {OBJ_TOO_DEEP, ERR_BUNDLE_FORM, 0},
    {CONTENT_DIFFERS, ERR_BUNDLE_DAMAGED, 0},
    {SIZE_LIES, ERR_BUNDLE_DAMAGED, 0},
    {BLOB_MISSING, ERR_BUNDLE_DAMAGED, ERR_GATE_FORM},
    {GIT_DIFFERS, ERR_BUNDLE_DAMAGED, 0},
    {MODE_EXEC, ERR_BUNDLE_FORM, 0},
    {MODE_LINK, ERR_BUNDLE_FORM, 0},
    {MODE_GITLINK, ERR_BUNDLE_FORM, 0},
    {MODE_ODD, ERR_BUNDLE_FORM, ERR_GATE_FORM},
    {MODE_PADDED, ERR_BUNDLE_FORM, ERR_GATE_FORM},
    {NAME_GIT, ERR_BUNDLE_FORM, ERR_GATE_FORM},
    {NAME_NEWLINE, ERR_BUNDLE_FORM, 0},
    {NAME_UPPER, ERR_BUNDLE_FORM, 0},
    {NAME_DOTS, ERR_BUNDLE_FORM, ERR_GATE_FORM},
    {NAME_LONG, ERR_BUNDLE_FORM, 0},
    {NAME_ESCAPE, ERR_BUNDLE_FORM, 0},
    {TREE_UNSORTED, ERR_BUNDLE_FORM, ERR_GATE_FORM},
    {TREE_TWICE, ERR_BUNDLE_FORM, ERR_GATE_FORM},
    {TREE_JUNK, ERR_BUNDLE_FORM, ERR_GATE_FORM},
    {COMMIT_WORDS, ERR_BUNDLE_FORM, 0},
    {COMMIT_AUTHOR, ERR_BUNDLE_FORM, 0},
    {COMMIT_TIME, ERR_BUNDLE_FORM, 0},
    {COMMIT_HEADER, ERR_BUNDLE_FORM, 0},
    {COMMIT_NUL, ERR_BUNDLE_FORM, ERR_GATE_FORM},
    {COMMIT_HUGE, ERR_GATE_LIMIT, 0},
    {PART_WITHOUT_BEGINNING, ERR_BUNDLE_CHAIN, ERR_MANIFEST},
    {OBJECT_UNCUT, ERR_MANIFEST, 0},
    {STRAY_BLOB, ERR_BUNDLE_FORM, 0},
    {PACK_TAG, ERR_GATE_FORM, 0},
    {PACK_DELTA, ERR_GATE_FORM, 0},
    {PACK_CUT, ERR_GATE_FORM, 0},
    {PACK_LONGER, ERR_GATE_FORM, 0},
    {PACK_SHORTER, ERR_GATE_FORM, 0},
    {PACK_BOMB, ERR_GATE_LIMIT, 0},
    {PACK_COUNT_MORE, ERR_GATE_FORM, 0},
    {PACK_COUNT_LESS, ERR_GATE_FORM, 0},
    {PACK_COUNT_HUGE, ERR_GATE_LIMIT, 0},
    {PACK_JUNK_AFTER, ERR_GATE_FORM, 0},
    {PACK_TRAILER, ERR_GATE_FORM, 0},
    {PACK_VERSION, ERR_GATE_FORM, 0},
    {PACK_NONE, ERR_GATE_FORM, 0},
    {PACK_DAMAGED, ERR_GATE_FORM, 0},
    {TWO_COMMANDS, ERR_GATE_FORM, 0},
    {CAPABILITIES, ERR_GATE_FORM, 0},
    {COMMAND_JUNK, ERR_GATE_FORM, 0},
};

struct place {
    char *home; /* of the province */
    struct sign_secret issuer;
    struct node n;
    struct sign_secret other; /* enrolled too */
    char other_name[SIGN_NODE_HEX];
    char *repo;
    char tip[41]; /* of the node's text chain at the province */
    char tip_sha256[HASH_HEX];
    int64_t tip_seq;
};

/* ---- one bundle by hand
 * ------------------------------------------------------------------ */

struct made {
    struct place *pl;
    enum which w;
    struct pack pack;
    struct str manifest;
    char sha256[HASH_HEX];
    char manifest_git[41], meta_git[41], text_git[41], obj_git[41], root_git[41];
    char commit[41];
    char card[64], text[64];
    struct manifest m;
};

static void made_clear(struct made *d)
{
    str_clear(&d->pack.bytes);
    str_clear(&d->manifest);
    manifest_clear(&d->m);
}

static void make_manifest(struct made *d)
{
    struct place *pl = d->pl;
    struct manifest *m = &d->m;
    struct manifest_object *o;
    struct err e = ERR_INIT;

    help_head(&pl->n, CLASS_TEXT, pl->tip_seq + 1, pl->tip_sha256, m);
    help_object(m, d->card, strlen(d->card), ROLE_META);
    help_object(m, d->text, strlen(d->text), "text");
    (void)snprintf(m->objects[0].git, 41, "%s", d->meta_git);
    (void)snprintf(m->objects[1].git, 41, "%s", d->text_git);
    o = &m->objects[1];
    switch ((int)d->w) {
    case CLASS_DIFFERS:
        m->cls = CLASS_MASTER;
        break;
    case EPOCH_DIFFERS:
        m->epoch = 2;
        break;
    case NODE_DIFFERS:
        memcpy(m->node, pl->other_name, sizeof m->node);
        break;
    case UNIT_DIFFERS:
        m->unit_code[0] = '9';
        break;
    case UNIT_DATE_DIFFERS:
        m->unit_valid_from[9] = '2';
        break;
    case SEQ_SKIPS:
        m->seq++;
        break;
    case SEQ_REPEATS:
        m->seq--;
        break;
    case PREV_DIFFERS:
        m->prev[3] = m->prev[3] == '0' ? '1' : '0';
        break;
    case COUNTER_STANDS:
        m->counter = pl->tip_seq;
        break;
    case NOT_FORWARD:
        m->seq = 1;
        m->prev[0] = '\0';
        break;
    case SIZE_LIES:
        o->size++;
        break;
    case CONTENT_DIFFERS:
        o->sha256[0] = o->sha256[0] == '0' ? '1' : '0';
        break;
    case GIT_DIFFERS:
        o->git[0] = o->git[0] == '0' ? '1' : '0';
        break;
    case OBJ_TREE_MISSING:
    case META_UNLISTED:
        break;
    case PART_WITHOUT_BEGINNING:
        *o = m->objects[1];
        m->objects[0] = m->objects[1]; /* the part must be the first object */
        m->object_count = 1;
        o = &m->objects[0];
        o->size = 8 * (int64_t)MiB + (int64_t)strlen(d->text);
        o->git[0] = '\0';
        o->parts = mem_new(1, sizeof *o->parts);
        o->part_count = 1;
        o->parts[0].n = 2;
        o->parts[0].size = (int64_t)strlen(d->text);
        memcpy(o->parts[0].sha256, o->sha256, HASH_HEX);
        memcpy(o->parts[0].git, d->text_git, 41);
        break;
    default:
        break;
    }
    if (d->w == META_UNLISTED) {
        m->objects[0] = m->objects[1];
        m->object_count = 1;
    }
    OK(manifest_print(m, &d->manifest, d->sha256, &e));
    if (d->w == OBJECT_UNCUT) { /* 9 MiB in one piece */
        char *at = strstr(d->manifest.p, "\"role\":\"text\"");
        char *size = strstr(at, "\"size\":");
        AUTO_STR struct str again = STR_INIT(MANIFEST_BYTES_MAX);

        str_add_mem(&again, d->manifest.p, (size_t)(size - d->manifest.p));
        str_add(&again, "\"size\":9437184");
        str_add(&again, strchr(size, ','));
        str_reset(&d->manifest);
        str_add(&d->manifest, again.p);
    }
    if (d->w == MANIFEST_SPACE) {
        AUTO_STR struct str again = STR_INIT(MANIFEST_BYTES_MAX);

        str_addf(&again, "{ %s", d->manifest.p + 1);
        str_reset(&d->manifest);
        str_add(&d->manifest, again.p);
    }
    if (d->w == MANIFEST_NO_LF)
        d->manifest.p[--d->manifest.len] = '\0';
    if (d->w == MANIFEST_JUNK) {
        str_reset(&d->manifest);
        str_add(&d->manifest, "not JSON\n");
    }
    if (d->w == MANIFEST_HUGE)
        while (d->manifest.len <= 16 * MiB)
            str_add(&d->manifest, "                                                    "
                                  "                                                  ");
    hash_bytes(d->manifest.p, d->manifest.len, d->sha256);
    pack_add(&d->pack, GIT_OBJECT_BLOB, d->manifest.p, d->manifest.len,
             d->manifest_git);
}

/* obj/xx/<sha256> */
static void make_objects(struct made *d)
{
    AUTO_STR struct str fan = STR_INIT(1 << 20);
    AUTO_STR struct str obj = STR_INIT(1 << 20);
    const char *name = d->m.objects[d->m.object_count - 1].sha256;
    char part[80], xx[3] = {name[0], name[1], 0}, fan_git[41], deep_git[41];
    const char *mode = d->w == MODE_EXEC      ? "100755"
                       : d->w == MODE_LINK    ? "120000"
                       : d->w == MODE_GITLINK ? "160000"
                       : d->w == MODE_ODD     ? "100777"
                       : d->w == MODE_PADDED  ? "0100644"
                                              : "100644";

    (void)snprintf(part, sizeof part, "%s%s", name,
                   d->w == PART_WITHOUT_BEGINNING ? ".0002" : "");
    if (d->w == OBJ_TOO_DEEP) {
        AUTO_STR struct str deep = STR_INIT(1000);

        tree_add(&deep, "100644", part, d->text_git);
        pack_add(&d->pack, GIT_OBJECT_TREE, deep.p, deep.len, deep_git);
        tree_add(&fan, "40000", part, deep_git);
    } else if (d->w != OBJ_MISSING) {
        if (d->w == TREE_UNSORTED)
            tree_add(&fan, "100644", "zz", d->text_git);
        tree_add(&fan, mode, part, d->text_git);
        if (d->w == TREE_TWICE)
            tree_add(&fan, mode, part, d->text_git);
    }
    if (d->w == OBJ_EXTRA || d->w == OBJ_MISSING)
        tree_add(&fan, "100644", "zz", d->text_git);
    if (d->w == TREE_JUNK)
        str_add(&fan, "100644 zz");
    if (d->w == OBJ_WRONG_FAN)
        xx[0] = xx[0] == '0' ? '1' : '0';
    pack_add(&d->pack, GIT_OBJECT_TREE, fan.p, fan.len, fan_git);
    if (d->w == OBJ_EMPTY_FAN) {
        char empty[41];

        pack_add(&d->pack, GIT_OBJECT_TREE, "", 0, empty);
        if (strcmp(xx, "ff") != 0) {
            tree_add(&obj, "40000", xx, fan_git);
            tree_add(&obj, "40000", "ff", empty);
        }
    } else {
        tree_add(&obj, "40000", xx, fan_git);
    }
    pack_add(&d->pack, GIT_OBJECT_TREE, obj.p, obj.len, d->obj_git);
}

static void make_root(struct made *d)
{
    AUTO_STR struct str root = STR_INIT(1 << 20);
    char long_name[120];

    memset(long_name, 'y', sizeof long_name);
    long_name[110] = '\0';
    if (d->w == NAME_DOTS)
        tree_add(&root, "100644", "..", d->text_git);
    if (d->w == NAME_GIT)
        tree_add(&root, "100644", ".git", d->text_git);
    if (d->w == NAME_UPPER)
        tree_add(&root, "100644", "README", d->text_git);
    if (d->w == NAME_ESCAPE)
        tree_add(&root, "100644", "a\033[2J", d->text_git);
    if (d->w == NAME_NEWLINE)
        tree_add(&root, "100644", "a\nb", d->text_git);
    if (d->w == MANIFEST_IS_TREE)
        tree_add(&root, "40000", "manifest.json", d->obj_git);
    else if (d->w != MANIFEST_MISSING)
        tree_add(&root, "100644", "manifest.json", d->manifest_git);
    if (d->w != META_MISSING && d->w != PART_WITHOUT_BEGINNING)
        tree_add(&root, "100644", "meta.jsonl", d->meta_git);
    if (d->w != OBJ_TREE_MISSING)
        tree_add(&root, "40000", "obj", d->obj_git);
    if (d->w == ROOT_EXTRA)
        tree_add(&root, "100644", "virus.exe", d->text_git);
    if (d->w == ROOT_EXTRA_TREE)
        tree_add(&root, "40000", "pbj", d->obj_git);
    if (d->w == NAME_LONG)
        tree_add(&root, "100644", long_name, d->text_git);
    pack_add(&d->pack, GIT_OBJECT_TREE, root.p, root.len, d->root_git);
}

static void make_commit(struct made *d)
{
    struct place *pl = d->pl;
    AUTO_STR struct str head = STR_INIT(1 << 20);
    AUTO_STR struct str body = STR_INIT(1 << 20);
    AUTO_STR struct str plain = STR_INIT(1 << 20);
    AUTO_STR struct str armor = STR_INIT(1 << 20);
    AUTO_STR struct str all = STR_INIT(1 << 20);
    const struct manifest *m = &d->m;
    const char *who = d->w == COMMIT_AUTHOR ? "Eve" : "sohoa";
    long long when = m->clock + (d->w == COMMIT_TIME);

    str_addf(&head, "tree %s\n", d->root_git);
    if (d->w == PARENT_MISSING)
        str_addf(&head, "parent %s\n", "1111111111111111111111111111111111111111");
    else if (pl->tip[0] && d->w != NOT_FORWARD)
        str_addf(&head, "parent %s\n", pl->tip);
    if (d->w == TWO_PARENTS)
        str_addf(&head, "parent %s\n", pl->tip);
    str_addf(&head, "author %s <%s@sohoa.invalid> %lld +0000\n", who, m->node, when);
    str_addf(&head, "committer sohoa <%s@sohoa.invalid> %lld +0000\n", m->node, when);
    if (d->w == COMMIT_HEADER)
        str_add(&head, "encoding ISO-8859-1\n");
    str_addf(&body, "\nsohoa %s %lld/%lld\n\nNode: %s\nEpoch: %lld\nClass: %s\n",
             names_class(m->cls), (long long)m->epoch, (long long)m->seq, m->node,
             (long long)m->epoch, names_class(m->cls));
    str_addf(&body, "Seq: %lld\nManifest-SHA256: %s\n", (long long)m->seq, d->sha256);
    if (m->prev[0])
        str_addf(&body, "Prev-Manifest-SHA256: %s\n", m->prev);
    if (d->w == COMMIT_WORDS)
        str_add(&body, "Note: hello\n");
    if (d->w == COMMIT_NUL)
        str_add_mem(&body, "\0x", 2);
    while (d->w == COMMIT_HUGE && body.len < 70000)
        str_add(&body, "more and more words\n");
    str_add_mem(&plain, head.p, head.len);
    str_add_mem(&plain, body.p, body.len);
    if (d->w == SIGNED_OTHER_TEXT)
        str_add(&plain, "x");
    sign_sshsig(d->w == SIGNED_BY_OTHER ? &pl->other : &pl->n.key,
                d->w == SIGNED_OTHER_SPACE ? "file" : "git", plain.p, plain.len,
                &armor);
    if (d->w == SIGNATURE_JUNK)
        armor.p[armor.len / 2] = armor.p[armor.len / 2] == 'A' ? 'B' : 'A';
    armor.p[--armor.len] = '\0';
    str_add_mem(&all, head.p, head.len);
    if (d->w != UNSIGNED) {
        str_add(&all, "gpgsig ");
        for (const char *p = armor.p; *p; p++) {
            str_add_char(&all, *p);
            if (*p == '\n')
                str_add_char(&all, ' ');
        }
        str_add_char(&all, '\n');
    }
    str_add_mem(&all, body.p, body.len);
    pack_add(&d->pack, GIT_OBJECT_COMMIT, all.p, all.len, d->commit);
}

static void make_all(struct made *d)
{
    struct place *pl = d->pl;

    (void)snprintf(d->card, sizeof d->card, "{\"n\":%d}\n", (int)pl->tip_seq + 1);
    (void)snprintf(d->text, sizeof d->text, "text %d of case %d\n",
                   (int)pl->tip_seq + 1, (int)d->w);
    pack_add(&d->pack, GIT_OBJECT_BLOB, d->card, strlen(d->card), d->meta_git);
    if (d->w == BLOB_MISSING)
        oid_of(GIT_OBJECT_BLOB, d->text, strlen(d->text), d->text_git);
    else
        pack_add(&d->pack, GIT_OBJECT_BLOB, d->text, strlen(d->text), d->text_git);
    make_manifest(d);
    make_objects(d);
    make_root(d);
    make_commit(d);
    if (d->w == STRAY_BLOB) {
        char stray[41];

        pack_add(&d->pack, GIT_OBJECT_BLOB, "smuggled", 8, stray);
    }
    if (d->w == PACK_TAG) {
        AUTO_MEM char *tag = mem_printf("object %s\ntype commit\ntag x\ntagger a <b> 1 "
                                        "+0000\n\nx\n",
                                        d->commit);

        pack_raw(&d->pack, 4, strlen(tag), tag, strlen(tag));
    }
    if (d->w == PACK_DELTA)
        pack_raw(&d->pack, 7, 5, "\x05\x05\x90\x05", 4);
    if (d->w == PACK_LONGER)
        pack_raw(&d->pack, 3, 5, "much longer than five", 21);
    if (d->w == PACK_SHORTER)
        pack_raw(&d->pack, 3, 50, "much shorter", 12);
    if (d->w == PACK_BOMB) {
        AUTO_MEM char *zeros = mem_new(65 * MiB, 1);

        pack_raw(&d->pack, 3, 65 * MiB, zeros, 65 * MiB);
    }
}

/* ---- the request
 * -------------------------------------------------------------------------- */

static void add_line(struct str *out, const char *old, const char *new, const char *ref,
                     const char *caps)
{
    size_t len = 4 + 82 + strlen(ref) + (caps ? 1 + strlen(caps) : 0);

    str_addf(out, "%04zx%s %s %s", len, old, new, ref);
    if (caps) {
        str_add_mem(out, "", 1);
        str_add(out, caps);
    }
}

static void make_request(struct made *d, struct str *out)
{
    struct place *pl = d->pl;
    const char *old = pl->tip[0] ? pl->tip : PACK_ZERO;
    char ref[NAMES_REF_MAX];
    unsigned char sum[20];
    uint32_t count = d->pack.count;
    size_t at;

    names_ref(pl->n.name, 1, CLASS_TEXT, ref);
    if (d->w == REF_OTHER_NODE)
        names_ref(pl->other_name, 1, CLASS_TEXT, ref);
    if (d->w == REF_HEAD)
        (void)snprintf(ref, sizeof ref, "refs/heads/main");
    if (d->w == REF_RECEIPTS)
        names_receipt_ref(pl->n.name, ref);
    if (d->w == REF_KEYS)
        (void)snprintf(ref, sizeof ref, "%s", NAMES_KEYS_REF);
    if (d->w == REF_EPOCH_ZERO)
        (void)snprintf(ref, sizeof ref, "refs/sohoa/%s/0/text", pl->n.name);
    if (d->w == REF_DEEP)
        (void)snprintf(ref, sizeof ref, "refs/sohoa/%s/1/text/x", pl->n.name);
    add_line(out, old, d->w == DELETION ? PACK_ZERO : d->commit, ref,
             d->w == CAPABILITIES ? " report-status atomic push-options"
                                  : " report-status");
    if (d->w == TWO_COMMANDS)
        add_line(out, PACK_ZERO, d->commit, "refs/heads/main", NULL);
    if (d->w == COMMAND_JUNK)
        out->p[10] = 'X';
    str_add(out, "0000");
    at = out->len;
    if (d->w == PACK_NONE)
        return;
    count += d->w == PACK_COUNT_MORE;
    count -= d->w == PACK_COUNT_LESS;
    if (d->w == PACK_COUNT_HUGE)
        count = 200001;
    count = htonl(count);
    str_add_mem(out, d->w == PACK_VERSION ? "PACK\0\0\0\3" : "PACK\0\0\0\2", 8);
    str_add_mem(out, &count, 4);
    str_add_mem(out, d->pack.bytes.p, d->pack.bytes.len);
    if (d->w == PACK_JUNK_AFTER)
        str_add(out, "junk that nobody asked for");
    if (d->w == PACK_DAMAGED)
        out->p[at + 40] ^= 0x55;
    (void)SHA1((const unsigned char *)out->p + at, out->len - at, sum);
    if (d->w == PACK_TRAILER)
        sum[7] ^= 1;
    str_add_mem(out, sum, sizeof sum);
    if (d->w == PACK_CUT) {
        out->len -= 60;
        out->p[out->len] = '\0';
    }
}

/* ---- the province
 * --------------------------------------------------------------------------- */

static void enrol(struct place *pl, const struct sign_public *key, const char *role,
                  char node[NAMES_NODE_MAX], char **repo)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct enrol_add add = {
        .unit_code = "01234", .valid_from = "2025-07-01", .role = role, .name = "xã A"};
    struct err e = ERR_INIT;

    sign_public_line(key, "x", &line);
    add.key_line = line.p;
    OK(enrol_node_add(pl->home, "/usr/bin/sohoa", &pl->issuer.pub, &add, node, repo,
                      &e));
}

static void place_init(struct place *pl)
{
    char node[NAMES_NODE_MAX];
    struct err e = ERR_INIT;

    *pl = (struct place){.tip_seq = 0};
    pl->home = help_folder();
    node_init(&pl->n);
    OK(sign_generate(&pl->issuer, &e));
    OK(sign_generate(&pl->other, &e));
    sign_node(&pl->other.pub, pl->other_name);
    enrol(pl, &pl->n.key.pub, "commune", node, &pl->repo);
    assert_string_equal(node, pl->n.name);
    enrol(pl, &pl->other.pub, "commune", node, NULL);
}

static void place_clear(struct place *pl)
{
    struct err e = ERR_INIT;

    OK(fs_remove_tree(pl->home, &e));
    mem_free(pl->home);
    mem_free(pl->repo);
    node_clear(&pl->n);
}

/* Every file below the repository with its size, and every ref: what must not change.
 */
static void list_into(const char *path, struct str *out)
{
    AUTO_LIST struct fs_list l = {0};
    struct err e = ERR_INIT;

    OK(fs_list(path, &l, &e));
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *p = fs_path(path, l.names[i]);
        struct stat st;

        assert_int_equal(lstat(p, &st), 0);
        if (S_ISDIR(st.st_mode)) {
            list_into(p, out);
            continue;
        }
        str_addf(out, "%s %lld\n", p, (long long)st.st_size);
        if (strstr(p, "/refs/")) {
            AUTO_STR struct str text = STR_INIT(100);

            OK(fs_read_file(p, &text, &e));
            str_add(out, text.p);
        }
    }
}

static int push(struct place *pl, const struct str *request, struct receive_answer *a,
                struct err *e)
{
    AUTO_MEM char *path = fs_path(pl->n.dir, "request");
    struct err we = ERR_INIT;

    ok_(fs_write_file(path, request->p, request->len, &we), &we, __FILE__, __LINE__);
    return receive_request(pl->home, pl->n.name, path, a, e);
}

#define MADE_INIT(place_, which_)                                                      \
    {                                                                                  \
        .pl = (place_), .w = (which_), .pack = {.bytes = STR_INIT(100 * MiB)},         \
        .manifest = STR_INIT(17 * MiB), .m = MANIFEST_INIT                             \
    }

static void push_good(struct place *pl)
{
    AUTO(made_clear) struct made d = MADE_INIT(pl, GOOD);
    AUTO_STR struct str request = STR_INIT(100 * MiB);
    struct receive_answer a = {.result = RECEIVE_REFUSED};
    struct err e = ERR_INIT;

    make_all(&d);
    make_request(&d, &request);
    OK(push(pl, &request, &a, &e));
    if (a.result != RECEIVE_ACCEPTED)
        print_error("%s %s\n", a.code, a.detail);
    assert_int_equal(a.result, RECEIVE_ACCEPTED);
    assert_string_equal(a.tip, d.commit);
    memcpy(pl->tip, d.commit, 41);
    memcpy(pl->tip_sha256, d.sha256, HASH_HEX);
    pl->tip_seq++;
}

static void refused(struct place *pl, const struct want *want)
{
    AUTO(made_clear) struct made d = MADE_INIT(pl, want->which);
    AUTO_STR struct str request = STR_INIT(100 * MiB);
    AUTO_STR struct str before = STR_INIT(MiB);
    AUTO_STR struct str after = STR_INIT(MiB);
    struct receive_answer a = {.result = RECEIVE_ACCEPTED};
    struct err e = ERR_INIT;

    make_all(&d);
    make_request(&d, &request);
    assert_false(request.over);
    list_into(pl->repo, &before);
    OK(push(pl, &request, &a, &e));
    if (a.result != RECEIVE_REFUSED ||
        (strcmp(a.code, err_code_name(want->code)) != 0 &&
         (!want->other || strcmp(a.code, err_code_name(want->other)) != 0)))
        print_error("case %d: result %d, %s %s, not %s\n", (int)want->which,
                    (int)a.result, a.code, a.detail, err_code_name(want->code));
    assert_int_equal(a.result, RECEIVE_REFUSED);
    assert_true(strcmp(a.code, err_code_name(want->code)) == 0 ||
                (want->other && strcmp(a.code, err_code_name(want->other)) == 0));
    assert_true(a.en[0] != '\0' && a.vi[0] != '\0');
    list_into(pl->repo, &after);
    assert_string_equal(str_text(&before), str_text(&after));
}

static void test_gate__i01_every_hostile_push_leaves_no_trace(void **state)
{
    struct place pl;

    (void)state;
    assert_int_equal(ARRAY_LEN(wants), CASE_COUNT - 1);
    place_init(&pl);
    push_good(&pl);
    push_good(&pl);
    for (size_t i = 0; i < ARRAY_LEN(wants); i++)
        refused(&pl, &wants[i]);
    push_good(&pl); /* and the next good one is taken */
    place_clear(&pl);
}

static void test_gate__the_first_of_a_chain_must_be_number_one(void **state)
{
    static const struct want first[] = {
        {SEQ_SKIPS, ERR_BUNDLE_CHAIN, ERR_MANIFEST},
        {PARENT_MISSING, ERR_BUNDLE_DAMAGED, ERR_GATE_FORM},
        {UNSIGNED, ERR_SIGNATURE, 0},
    };
    struct place pl;

    (void)state;
    place_init(&pl);
    for (size_t i = 1; i < ARRAY_LEN(first); i++)
        refused(&pl, &first[i]);
    push_good(&pl);
    place_clear(&pl);
}

static void test_gate__only_who_is_enrolled(void **state)
{
    AUTO_STR struct str request = STR_INIT(MiB);
    struct receive_answer a;
    struct sign_secret stranger;
    char name[SIGN_NODE_HEX];
    struct place pl;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&pl);
    push_good(&pl);
    {
        AUTO(made_clear) struct made d = MADE_INIT(&pl, GOOD);
        AUTO_MEM char *path = fs_path(pl.n.dir, "request");

        make_all(&d);
        make_request(&d, &request);
        OK(fs_write_file(path, request.p, request.len, &e));
        OK(sign_generate(&stranger, &e));
        sign_node(&stranger.pub, name);
        FAILS(receive_request(pl.home, name, path, &a, fe), ERR_GATE_NODE);
        FAILS(receive_request(pl.home, "x", path, &a, fe), ERR_GATE_NODE);
        OK(receive_request(pl.home, pl.other_name, path, &a, &e));
        assert_int_equal(a.result, RECEIVE_REFUSED); /* another node's request */
        assert_string_equal(a.code, "SH-GATE-REF");
        OK(enrol_node_revoke(pl.home, "/usr/bin/sohoa", pl.n.name, &e));
        FAILS(receive_request(pl.home, pl.n.name, path, &a, fe), ERR_GATE_NODE);
    }
    place_clear(&pl);
}

/* The first text bundle of @epoch, signed by @key, pushed as the node. */
static enum receive_result push_epoch(struct place *pl, int64_t epoch,
                                      const struct sign_secret *key,
                                      struct receive_answer *a)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    AUTO_REPO struct repo *r = NULL;
    AUTO_MEM char *path = fs_path(pl->n.dir, "epoch.req");
    struct bundle_made made;
    struct err e = ERR_INIT;

    OK(fs_remove_tree(pl->n.repo, &e)); /* nothing of an earlier try */
    OK(repo_create(pl->n.repo, REPO_TRANSPORT, &e));
    OK(repo_open(pl->n.repo, &r, &e));
    help_head(&pl->n, CLASS_TEXT, 1, "", &m);
    m.epoch = epoch;
    m.counter = epoch * 1000;
    OK(bundle_write_by(r, &m, NULL, key, &made, &e));
    OK(request_write(r, made.ref, "", made.commit, pl->n.dir, "epoch.req", NULL, NULL,
                     &e));
    OK(receive_request(pl->home, pl->n.name, path, a, &e));
    return a->result;
}

static void test_gate__i10_each_epoch_has_its_key(void **state)
{
    struct receive_answer a;
    struct sign_secret key;
    struct enrol_change c = {.key = &key.pub};
    struct place pl;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&pl);
    push_good(&pl);
    OK(sign_generate(&key, &e));
    c.node = pl.n.name;
    assert_int_equal(push_epoch(&pl, 2, &key, &a), RECEIVE_REFUSED); /* not yet */
    assert_string_equal(a.code, "SH-SIGNATURE");
    OK(enrol_node_key(pl.home, "/usr/bin/sohoa", &c, &e));
    { /* the epoch before is closed, to both keys */
        AUTO_STR struct str request = STR_INIT(MiB);
        AUTO(made_clear) struct made d = MADE_INIT(&pl, GOOD);
        AUTO_MEM char *path = fs_path(pl.n.dir, "request");

        make_all(&d);
        make_request(&d, &request);
        OK(fs_write_file(path, request.p, request.len, &e));
        OK(receive_request(pl.home, pl.n.name, path, &a, &e));
        assert_int_equal(a.result, RECEIVE_REFUSED);
        assert_string_equal(a.code, "SH-GATE-REF");
    }
    assert_int_equal(push_epoch(&pl, 2, &pl.n.key, &a), RECEIVE_REFUSED);
    assert_string_equal(a.code, "SH-SIGNATURE");
    assert_int_equal(push_epoch(&pl, 3, &pl.other, &a), RECEIVE_REFUSED);
    assert_int_equal(push_epoch(&pl, 3, &key, &a), RECEIVE_ACCEPTED);
    place_clear(&pl);
}

static void add_hub(struct place *pl, const struct sign_public *key, const char *unit,
                    bool relay)
{
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct enrol_add add = {.unit_code = unit,
                            .valid_from = "2025-07-01",
                            .role = "district",
                            .relay = relay};
    char node[NAMES_NODE_MAX];
    struct err e = ERR_INIT;

    sign_public_line(key, "hub", &line);
    add.key_line = line.p;
    OK(enrol_node_add(pl->home, "/usr/bin/sohoa", &pl->issuer.pub, &add, node, NULL,
                      &e));
}

/* A request of @which as the hub brings it. */
static int bring(struct place *pl, const char *hub, enum which which,
                 struct receive_answer *a, struct err *e)
{
    AUTO(made_clear) struct made d = MADE_INIT(pl, which);
    AUTO_STR struct str request = STR_INIT(100 * MiB);
    AUTO_MEM char *path = fs_path(pl->n.dir, "request");
    int rc;

    make_all(&d);
    make_request(&d, &request);
    ok_(fs_write_file(path, request.p, request.len, e), e, __FILE__, __LINE__);
    rc = receive_request(pl->home, hub, path, a, e);
    if (rc == 0 && a->result == RECEIVE_ACCEPTED) {
        assert_string_equal(a->tip, d.commit); /* the author's bytes, not one changed */
        memcpy(pl->tip, d.commit, 41);
        memcpy(pl->tip_sha256, d.sha256, HASH_HEX);
        pl->tip_seq++;
    }
    return rc;
}

static void make_hub(struct sign_public *out, char name[SIGN_NODE_HEX])
{
    struct sign_secret key;
    struct err e = ERR_INIT;

    OK(sign_generate(&key, &e));
    sign_node(&key.pub, name);
    *out = key.pub;
}

static void test_gate__i09_a_relay_brings_what_the_author_signed(void **state)
{
    struct receive_answer a;
    struct sign_public hub;
    char name[SIGN_NODE_HEX];
    struct place pl;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&pl);
    make_hub(&hub, name);
    add_hub(&pl, &hub, "01234", false);
    FAILS(bring(&pl, name, GOOD, &a, fe), ERR_GATE_NODE); /* a reader brings nothing */
    add_hub(&pl, &hub, "99999", true);
    FAILS(bring(&pl, name, GOOD, &a, fe), ERR_GATE_NODE); /* not of its communes */
    add_hub(&pl, &hub, "01234", true);
    OK(bring(&pl, name, GOOD, &a, &e));
    assert_int_equal(a.result, RECEIVE_ACCEPTED);
    assert_false(a.relay); /* it ends here: receipts are made here */
    push_good(&pl);        /* the commune itself goes on in the same chain */
    OK(bring(&pl, name, GOOD, &a, &e));
    assert_int_equal(a.result, RECEIVE_ACCEPTED);
    OK(bring(&pl, name, SIGNED_BY_OTHER, &a, &e));
    assert_string_equal(a.code, "SH-SIGNATURE");
    OK(bring(&pl, name, CONTENT_DIFFERS, &a, &e));
    assert_string_equal(a.code, "SH-BUNDLE-DAMAGED");
    OK(bring(&pl, name, REF_RECEIPTS, &a, &e));
    assert_string_equal(a.code, "SH-GATE-REF");
    OK(enrol_node_revoke(pl.home, "/usr/bin/sohoa", pl.n.name, &e));
    FAILS(bring(&pl, name, GOOD, &a, fe),
          ERR_GATE_NODE); /* the author's right is gone */
    place_clear(&pl);
}

static void test_gate__i10_a_revoked_relay_brings_nothing(void **state)
{
    struct receive_answer a;
    struct sign_public hub;
    char name[SIGN_NODE_HEX];
    struct place pl;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&pl);
    make_hub(&hub, name);
    add_hub(&pl, &hub, "01234", true);
    OK(enrol_node_revoke(pl.home, "/usr/bin/sohoa", name, &e));
    FAILS(bring(&pl, name, GOOD, &a, fe), ERR_GATE_NODE);
    push_good(&pl);
    place_clear(&pl);
}

static void test_gate__the_same_request_has_the_same_answer(void **state)
{
    AUTO(made_clear) struct made d = {.w = GOOD};
    struct receive_answer a, b, c;
    AUTO_STR struct str request = STR_INIT(MiB);
    struct place pl;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&pl);
    d = (struct made)MADE_INIT(&pl, GOOD);
    make_all(&d);
    make_request(&d, &request);
    OK(push(&pl, &request, &a, &e));
    assert_int_equal(a.result, RECEIVE_ACCEPTED);
    OK(push(&pl, &request, &b, &e));
    assert_memory_equal(&a, &b, sizeof a);
    { /* the answer was lost with the machine, after the ref had moved */
        AUTO_MEM char *path =
            fs_pathf(pl.home, "spool/in/%s/text/%s.answer", pl.n.name, a.id);

        OK(fs_unlink(path, &e));
    }
    OK(push(&pl, &request, &c, &e));
    assert_int_equal(c.result, RECEIVE_ACCEPTED);
    assert_string_equal(c.tip, d.commit);
    place_clear(&pl);
}

/* Its cause may have been here: a kept refusal counts for a day only. */
static void test_gate__a_refusal_is_looked_at_again_after_a_day(void **state)
{
    AUTO(made_clear) struct made d = {.w = GOOD};
    AUTO_STR struct str request = STR_INIT(MiB);
    AUTO_STR struct str text = STR_INIT(RECEIVE_ANSWER_MAX);
    AUTO_MEM char *folder = NULL;
    AUTO_MEM char *kept = NULL;
    struct receive_answer a = {.result = RECEIVE_REFUSED, .code = "SH-GATE-FORM"};
    struct timespec two_days_ago[2] = {{.tv_sec = time(NULL) - INT64_C(172800)},
                                       {.tv_sec = time(NULL) - INT64_C(172800)}};
    struct place pl;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&pl);
    d = (struct made)MADE_INIT(&pl, GOOD);
    make_all(&d);
    make_request(&d, &request);
    hash_bytes(request.p, request.len, a.id);
    folder = fs_pathf(pl.home, "spool/in/%s/%s", pl.n.name, names_class(d.m.cls));
    kept = fs_pathf(folder, "%s.answer", a.id);
    OK(receive_answer_print(&a, &text, &e));
    OK(fs_mkdirs(folder, &e));
    OK(fs_write_file(kept, text.p, text.len, &e));
    OK(push(&pl, &request, &a, &e));
    assert_int_equal(a.result, RECEIVE_REFUSED);
    assert_int_equal(utimensat(AT_FDCWD, kept, two_days_ago, 0), 0);
    OK(push(&pl, &request, &a, &e));
    assert_int_equal(a.result, RECEIVE_ACCEPTED);
    place_clear(&pl);
}

static void test_gate__a_request_from_the_past_is_stale(void **state)
{
    AUTO(made_clear) struct made d = {.w = GOOD};
    AUTO_STR struct str request = STR_INIT(MiB);
    struct receive_answer a;
    char kept[41];
    struct place pl;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&pl);
    push_good(&pl);
    memcpy(kept, pl.tip, sizeof kept);
    d = (struct made)MADE_INIT(&pl, STRAY_BLOB); /* another second one */
    make_all(&d);
    make_request(&d, &request);
    push_good(&pl);
    OK(push(&pl, &request, &a, &e));
    assert_int_equal(a.result, RECEIVE_STALE);
    assert_string_equal(a.tip, pl.tip);
    assert_string_not_equal(a.tip, kept);
    place_clear(&pl);
}

/* git passes over a hook that is not there or may not be run, and lets everything in.
 */
static void test_gate__never_open_without_its_hook(void **state)
{
    static const struct want hostile = {STRAY_BLOB, ERR_BUNDLE_FORM, 0};
    AUTO_MEM char *hook = NULL;
    struct place pl;
    struct err e = ERR_INIT;

    (void)state;
    place_init(&pl);
    hook = fs_path(pl.repo, "hooks/pre-receive");
    push_good(&pl);
    for (int how = 0; how < 3; how++) {
        AUTO(made_clear) struct made d = MADE_INIT(&pl, hostile.which);
        AUTO_STR struct str request = STR_INIT(MiB);
        struct receive_answer a = {.result = RECEIVE_ACCEPTED};

        if (how == 0)
            OK(fs_unlink(hook, &e));
        else if (how == 1)
            assert_int_equal(chmod(hook, 0600), 0);
        else
            OK(fs_write_file(hook, "#!/bin/sh\nexit 0\n", 17, &e));
        make_all(&d);
        make_request(&d, &request);
        OK(push(&pl, &request, &a, &e));
        assert_int_equal(a.result, RECEIVE_REFUSED);
        assert_string_equal(a.code, err_code_name(hostile.code));
        push_good(&pl);
    }
    place_clear(&pl);
}

static void test_gate__hook_alone_lets_nothing_in(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("SOHOA_GATE_HOME"), 0);
    assert_int_not_equal(gate_worker_main(), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gate__i01_every_hostile_push_leaves_no_trace),
        cmocka_unit_test(test_gate__the_first_of_a_chain_must_be_number_one),
        cmocka_unit_test(test_gate__only_who_is_enrolled),
        cmocka_unit_test(test_gate__i10_each_epoch_has_its_key),
        cmocka_unit_test(test_gate__i09_a_relay_brings_what_the_author_signed),
        cmocka_unit_test(test_gate__i10_a_revoked_relay_brings_nothing),
        cmocka_unit_test(test_gate__the_same_request_has_the_same_answer),
        cmocka_unit_test(test_gate__a_refusal_is_looked_at_again_after_a_day),
        cmocka_unit_test(test_gate__a_request_from_the_past_is_stale),
        cmocka_unit_test(test_gate__never_open_without_its_hook),
        cmocka_unit_test(test_gate__hook_alone_lets_nothing_in),
    };
    int rc;

    i18n_init(LANG_EN, NULL);
    if (argc == 3 && strcmp(argv[1], "worker") == 0 && strcmp(argv[2], "gate") == 0)
        proc_exit_worker(gate_worker_main());
    assert(git_libgit2_init() > 0);
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    git_libgit2_shutdown();
    return rc;
}

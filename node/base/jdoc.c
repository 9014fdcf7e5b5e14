/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/jdoc.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/utf8.h"

#define DEPTH_MAX 32

/* struct jdoc is jansson's json_t under a name of ours: no other module sees jansson.
 */
static json_t *inner(struct jdoc *j)
{
    return (json_t *)j;
}

static const json_t *inner_const(const struct jdoc *j)
{
    return (const json_t *)j;
}

/* jansson gives NULL only when memory is out (or for our own mistakes). */
static struct jdoc *outer(json_t *j)
{
    assert(j);
    return (struct jdoc *)j;
}

struct jdoc *jdoc_object(void)
{
    return outer(json_object());
}

struct jdoc *jdoc_array(void)
{
    return outer(json_array());
}

void jdoc_free(struct jdoc *j)
{
    json_decref(inner(j));
}

void jdoc_auto(struct jdoc **j)
{
    jdoc_free(*j);
}

static void put(struct jdoc *o, const char *key, json_t *taken)
{
    int rc = json_object_set_new(inner(o), key, taken);

    assert(rc == 0);
}

static void push(struct jdoc *a, json_t *taken)
{
    int rc = json_array_append_new(inner(a), taken);

    assert(rc == 0);
}

/* Text is always stored NFC and well-formed: what is printed can be parsed again. */
static json_t *text_value(const char *text)
{
    /* Never cut: at most three bytes for one (an ill-formed one), more in no NFC. */
    AUTO_STR struct str nfc = STR_INIT(text ? 4 * strlen(text) + 16 : 0);

    if (!text)
        return json_null();
    utf8_nfc(text, strlen(text), &nfc);
    assert(!nfc.over);
    return json_stringn(str_text(&nfc), nfc.len);
}

void jdoc_set(struct jdoc *o, const char *key, struct jdoc *taken)
{
    put(o, key, inner(taken));
}

void jdoc_set_text(struct jdoc *o, const char *key, const char *text)
{
    put(o, key, text_value(text));
}

void jdoc_set_int(struct jdoc *o, const char *key, int64_t v)
{
    put(o, key, json_integer(v));
}

void jdoc_set_bool(struct jdoc *o, const char *key, bool v)
{
    put(o, key, json_boolean(v));
}

void jdoc_set_null(struct jdoc *o, const char *key)
{
    put(o, key, json_null());
}

void jdoc_add(struct jdoc *a, struct jdoc *taken)
{
    push(a, inner(taken));
}

void jdoc_add_text(struct jdoc *a, const char *text)
{
    push(a, text_value(text));
}

void jdoc_add_int(struct jdoc *a, int64_t v)
{
    push(a, json_integer(v));
}

void jdoc_add_bool(struct jdoc *a, bool v)
{
    push(a, json_boolean(v));
}

struct jdoc *jdoc_copy(const struct jdoc *j)
{
    return outer(json_deep_copy(inner_const(j)));
}

const struct jdoc *jdoc_get(const struct jdoc *o, const char *key)
{
    return (const struct jdoc *)json_object_get(inner_const(o), key);
}

const struct jdoc *jdoc_at(const struct jdoc *a, size_t i)
{
    return (const struct jdoc *)json_array_get(inner_const(a), i);
}

size_t jdoc_count(const struct jdoc *j)
{
    if (json_is_array(inner_const(j)))
        return json_array_size(inner_const(j));
    return json_object_size(inner_const(j));
}

bool jdoc_is_object(const struct jdoc *j)
{
    return json_is_object(inner_const(j));
}

bool jdoc_is_array(const struct jdoc *j)
{
    return json_is_array(inner_const(j));
}

bool jdoc_is_null(const struct jdoc *j)
{
    return json_is_null(inner_const(j));
}

static bool int_value(const json_t *j, int64_t min, int64_t max, int64_t *out)
{
    json_int_t v = 0;

    if (!json_is_integer(j))
        return false;
    v = json_integer_value(j);
    if (v < min || v > max)
        return false;
    *out = v;
    return true;
}

const char *jdoc_text(const struct jdoc *o, const char *key)
{
    return json_string_value(json_object_get(inner_const(o), key));
}

bool jdoc_take_text(const struct jdoc *o, const char *key, char *out, size_t room)
{
    const char *text = jdoc_text(o, key);

    if (!text || strlen(text) >= room)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

bool jdoc_take_text_or_null(const struct jdoc *o, const char *key, char *out,
                            size_t room)
{
    const char *text = jdoc_text(o, key);

    if (jdoc_is_null(jdoc_get(o, key))) {
        out[0] = '\0';
        return true;
    }
    return text && text[0] && jdoc_take_text(o, key, out, room);
}

const char *jdoc_text_at(const struct jdoc *a, size_t i)
{
    return json_string_value(json_array_get(inner_const(a), i));
}

bool jdoc_int(const struct jdoc *o, const char *key, int64_t min, int64_t max,
              int64_t *out)
{
    return int_value(json_object_get(inner_const(o), key), min, max, out);
}

bool jdoc_int_at(const struct jdoc *a, size_t i, int64_t min, int64_t max, int64_t *out)
{
    return int_value(json_array_get(inner_const(a), i), min, max, out);
}

bool jdoc_bool(const struct jdoc *o, const char *key, bool otherwise)
{
    const json_t *j = json_object_get(inner_const(o), key);

    return json_is_boolean(j) ? json_is_true(j) : otherwise;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of an object in byte order. owned, mem_free(); the texts are views. */
static const char **sorted_keys(const struct jdoc *o, size_t *count)
{
    json_t *object = (json_t *)(uintptr_t)o; /* jansson's iterator is not const */
    const char **keys = NULL;
    size_t n = 0;

    *count = json_object_size(object);
    keys = mem_new(*count, sizeof *keys);
    for (void *it = json_object_iter(object); it;
         it = json_object_iter_next(object, it))
        keys[n++] = json_object_iter_key(it);
    qsort(keys, n, sizeof *keys, by_key);
    return keys;
}

const char *jdoc_key(const struct jdoc *o, size_t i)
{
    size_t count = 0;
    AUTO_MEM const char **keys = sorted_keys(o, &count);

    return i < count ? keys[i] : NULL;
}

/* RFC 8785, 3.2.2.2: two-character escapes where there are some, \u00xx for the other
 * controls, everything else as it is. */
static void print_text(const char *text, size_t len, struct str *out)
{
    str_add_char(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        static const char SHORT[] = "\bb\tt\nn\ff\rr\"\"\\\\";
        const char *found = NULL;

        for (size_t k = 0; k + 1 < sizeof SHORT; k += 2)
            if (SHORT[k] == (char)c)
                found = &SHORT[k + 1];
        if (found) {
            str_add_char(out, '\\');
            str_add_char(out, *found);
        } else if (c < 0x20) {
            str_addf(out, "\\u%04x", (unsigned)c);
        } else {
            str_add_char(out, (char)c);
        }
    }
    str_add_char(out, '"');
}

static void print_value(const struct jdoc *j, int depth, struct str *out)
{
    const json_t *v = inner_const(j);

    assert(depth <= DEPTH_MAX);
    if (json_is_object(v)) {
        size_t count = 0;
        AUTO_MEM const char **keys = sorted_keys(j, &count);

        str_add_char(out, '{');
        for (size_t i = 0; i < count; i++) {
            if (i)
                str_add_char(out, ',');
            print_text(keys[i], strlen(keys[i]), out);
            str_add_char(out, ':');
            print_value(jdoc_get(j, keys[i]), depth + 1, out);
        }
        str_add_char(out, '}');
    } else if (json_is_array(v)) {
        str_add_char(out, '[');
        for (size_t i = 0; i < json_array_size(v); i++) {
            if (i)
                str_add_char(out, ',');
            print_value(jdoc_at(j, i), depth + 1, out);
        }
        str_add_char(out, ']');
    } else if (json_is_string(v)) {
        print_text(json_string_value(v), json_string_length(v), out);
    } else if (json_is_integer(v)) {
        str_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    } else {
        str_add(out, json_is_true(v) ? "true" : json_is_false(v) ? "false" : "null");
    }
}

void jdoc_print(const struct jdoc *j, struct str *out)
{
    print_value(j, 0, out);
}

int jdoc_print_document(const struct jdoc *j, const char *what, size_t max,
                        struct str *out, char sha256[HASH_HEX], struct err *e)
{
    AUTO_STR struct str text = STR_INIT(max);

    jdoc_print(j, &text);
    str_add_char(&text, '\n');
    if (str_check(&text, what, e) < 0)
        return -1;
    if (sha256)
        hash_bytes(text.p, text.len, sha256);
    str_add_mem(out, text.p, text.len);
    return str_check(out, what, e);
}

void jdoc_print_line(const struct jdoc *j, struct str *out)
{
    char *text = json_dumps(inner_const(j), JSON_COMPACT | JSON_ENCODE_ANY);

    assert(text);
    str_add(out, text);
    free(text);
}

static bool is_ascii(const char *text)
{
    while (*text > 0)
        text++;
    return *text == '\0';
}

/* What jansson lets pass and we do not: real numbers, deep nesting; in canonical form
 * also keys beyond ASCII, whose order would be a question. */
static bool plain(const json_t *v, int depth, bool canonical)
{
    if (json_is_real(v) || depth > DEPTH_MAX)
        return false;
    if (json_is_object(v)) {
        json_t *object = (json_t *)(uintptr_t)v;

        for (void *it = json_object_iter(object); it;
             it = json_object_iter_next(object, it))
            if (!plain(json_object_iter_value(it), depth + 1, canonical) ||
                (canonical && !is_ascii(json_object_iter_key(it))))
                return false;
    }
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!plain(json_array_get(v, i), depth + 1, canonical))
            return false;
    return true;
}

int jdoc_parse(const char *text, size_t len, struct jdoc **out, struct err *e)
{
    json_error_t why;
    json_t *v = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);

    if (!v) {
        (void)err_set(e, ERR_JSON, "line %d", why.line);
        return err_detail(e, "%s", why.text);
    }
    if (!plain(v, 0, false)) {
        json_decref(v);
        return err_set(e, ERR_JSON, "a real number or too many levels");
    }
    *out = outer(v);
    return 0;
}

int jdoc_parse_canonical(const char *text, size_t len, struct jdoc **out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    AUTO_STR struct str again = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str nfc = STR_INIT(STR_FILE_MAX);

    if (jdoc_parse(text, len, &j, e) < 0)
        return -1;
    if (!plain(inner(j), 0, true))
        return err_set(e, ERR_JSON, "a key beyond ASCII");
    jdoc_print(j, &again);
    str_add_char(&again, '\n');
    utf8_nfc(text, len, &nfc);
    if (again.over || again.len != len || memcmp(again.p, text, len) != 0 ||
        nfc.len != len || memcmp(nfc.p, text, len) != 0)
        return err_set(e, ERR_JSON, "not in canonical form");
    *out = TAKE(j);
    return 0;
}

int jdoc_read_file(const char *path, struct jdoc **out, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_JSON_MAX);

    if (fs_read_file(path, &text, e) < 0)
        return -1;
    if (jdoc_parse(str_text(&text), text.len, out, e) < 0)
        return err_push(e, "%s", path);
    return 0;
}

int jdoc_write_file(const char *path, const struct jdoc *j, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_JSON_MAX);

    jdoc_print(j, &text);
    str_add_char(&text, '\n');
    if (str_check(&text, path, e) < 0)
        return -1;
    return fs_write_file(path, text.p, text.len, e);
}

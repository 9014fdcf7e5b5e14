/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/tess_net.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <allheaders.h>
#include <tesseract/capi.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/lstm.h"
#include "ocr/lstm_beam.h"
#include "ocr/lstm_model.h"

/* Names of the C++ library as its compiler made them (Itanium ABI: an object is the
 * first argument). */
#define NAME_PREPARE                                                                   \
    "_ZN9tesseract5Input15PreparePixInputERKNS_11StaticShapeENS_5ImageEPNS_5TRandE"    \
    "PNS_9NetworkIOE"
#define NAME_FORWARD                                                                   \
    "_ZN9tesseract6Series7ForwardEbRKNS_9NetworkIOEPKNS_15TransposedArrayE"            \
    "PNS_14NetworkScratchEPS1_"
#define BEAM "16RecodeBeamSearch"
#define NAME_DECODE                                                                    \
    "_ZN9tesseract" BEAM "6DecodeERKNS_9NetworkIOEdddPKNS_10UNICHARSETEi"
#define NAME_DECODE_AGAIN                                                              \
    "_ZN9tesseract" BEAM "20DecodeSecondaryBeamsERKNS_9NetworkIOEdddPKNS_"             \
    "10UNICHARSETEi"
#define NAME_PATHS                                                                     \
    "_ZNK9tesseract" BEAM "16ExtractBestPathsEPSt6vectorIPKNS_10RecodeNodeESaIS4_"     \
    "EES7_"
#define NAME_CHOICES "_ZN9tesseract" BEAM "20extractSymbolChoicesEPKNS_10UNICHARSETE"
#define NAME_SEGMENT "_ZN9tesseract" BEAM "28segmentTimestepsByCharactersEv"
#define NAME_LETTER  "_ZNK9tesseract10UNICHARSET17id_to_unichar_extEi"
#define NAME_NEW     "_Znwm"  /* operator new */
#define NAME_DELETE  "_ZdlPv" /* operator delete */

/* Input::PreparePixInput(): a scaled line as the network's input. An Image is a Pix *
 * and nothing more. */
typedef void prepare_fn(const void *shape, struct Pix *pix, void *random, void *input);
/* Series::Forward(): the whole network, or a part of it that is a series. */
typedef void forward_fn(void *series, bool debug, const void *input,
                        const void *transpose, void *scratch, void *output);
/* RecodeBeamSearch: the search for words in what the network gave, Decode() for the
 * best path and DecodeSecondaryBeams() for what comes next; ExtractBestPaths() tells
 * the path, extractSymbolChoices() what each piece of it is; at the end
 * segmentTimestepsByCharacters() keeps what nobody here asks for. */
typedef void decode_fn(void *search, const void *output, double dict_ratio,
                       double offset, double dict_least, const void *letters,
                       int choices);
struct vector;
typedef void paths_fn(const void *search, struct vector *best, struct vector *second);
typedef void choices_fn(void *search, const void *letters);
typedef void segment_fn(void *search);
typedef const char *letter_fn(const void *letters, int id);
typedef void *new_fn(size_t size);
typedef void delete_fn(void *p);

/* A std::vector. */
struct vector {
    void *begin, *end, *room;
};

/* What RecodeBeamSearch begins with. */
struct search {
    struct vector steps, pieces_of_steps;
    struct vector choices; /* a vector of struct choice for each piece */
    struct vector barred;
    struct vector bounds; /* of int */
};

/* A std::pair. */
struct choice {
    const char *text;
    float rating;
};

/* A RecodeNode: a column of the path. */
struct column {
    int code, letter;
    unsigned found; /* PermuterType: enum lstm_dict_found */
    bool begins, first, ends, duplicate;
    float certainty, score;
    const struct column *prev;
    void *dawgs;
    uint64_t hash;
};

/* How far the line is that ours reads. */
enum stage { THEIRS, SEARCHED, SERVED };

struct tess_net {
    struct lstm *lstm;
    struct lstm_beam *beam; /* of the line. view */
    enum stage stage;
    int count;                       /* columns of the line */
    struct column *columns;          /* owned, as what follows */
    struct lstm_beam_chosen *chosen; /* what each piece is, then what else each is, … */
    size_t column_cap, chosen_cap;
    int pieces, rounds;
    const void *letters; /* of Tesseract. view, while a line is read */
    int64_t lines;
    letter_fn *letter;
    new_fn *new;
    delete_fn *delete;
};

/* Who reads in this thread: the library's calls give no handle. */
static _Thread_local struct tess_net *serving;

void tess_net_prepare(const void *shape, struct Pix *pix, void *random,
                      void *input) __asm__(NAME_PREPARE);
void tess_net_forward(void *series, bool debug, const void *input,
                      const void *transpose, void *scratch,
                      void *output) __asm__(NAME_FORWARD);
void tess_net_decode(void *search, const void *output, double dict_ratio, double offset,
                     double dict_least, const void *letters,
                     int choices) __asm__(NAME_DECODE);
void tess_net_decode_again(void *search, const void *output, double dict_ratio,
                           double offset, double dict_least, const void *letters,
                           int choices) __asm__(NAME_DECODE_AGAIN);
void tess_net_paths(const void *search, struct vector *best,
                    struct vector *second) __asm__(NAME_PATHS);
void tess_net_choices(void *search, const void *letters) __asm__(NAME_CHOICES);
void tess_net_segment(void *search) __asm__(NAME_SEGMENT);

static bool find_next(const char *name, void *function, size_t size)
{
    void *p = dlsym(RTLD_NEXT, name);

    assert(size == sizeof p);
    memcpy(function, &p, size);
    return p != NULL;
}

/* Is the line that Tesseract asks for one of ours? */
static bool ours(void)
{
    return serving && serving->stage == SERVED;
}

/* ---- the network ----------------------------------------------------------------- */

void tess_net_prepare(const void *shape, struct Pix *pix, void *random, void *input)
{
    struct err why = ERR_INIT;
    prepare_fn *theirs = NULL;

    if (serving)
        serving->stage = THEIRS;
    /* Too narrow or of another height: Tesseract knows what to do. */
    if (serving && pixGetHeight(pix) == LSTM_MODEL_HEIGHT &&
        lstm_search(serving->lstm, pix, &serving->beam, &serving->count, &why) == 0) {
        serving->stage = SEARCHED;
        return;
    }
    err_clear(&why);
    if (find_next(NAME_PREPARE, &theirs, sizeof theirs))
        theirs(shape, pix, random, input);
}

void tess_net_forward(void *series, bool debug, const void *input,
                      const void *transpose, void *scratch, void *output)
{
    forward_fn *theirs = NULL;

    if (serving && serving->stage == SEARCHED) {
        serving->stage = SERVED;
        serving->lines++;
        return;
    }
    if (find_next(NAME_FORWARD, &theirs, sizeof theirs))
        theirs(series, debug, input, transpose, scratch, output);
}

/* ---- the search for words -------------------------------------------------------- */

void tess_net_decode(void *search, const void *output, double dict_ratio, double offset,
                     double dict_least, const void *letters, int choices)
{
    decode_fn *theirs = NULL;

    if (ours())
        serving->pieces = serving->rounds = 0;
    else if (find_next(NAME_DECODE, &theirs, sizeof theirs))
        theirs(search, output, dict_ratio, offset, dict_least, letters, choices);
}

void tess_net_decode_again(void *search, const void *output, double dict_ratio,
                           double offset, double dict_least, const void *letters,
                           int choices)
{
    decode_fn *theirs = NULL;

    if (!ours() && find_next(NAME_DECODE_AGAIN, &theirs, sizeof theirs))
        theirs(search, output, dict_ratio, offset, dict_least, letters, choices);
}

/* Room for @count of @size in a vector that holds nothing that needs to be destroyed.
 */
static void *refill(const struct tess_net *n, struct vector *v, size_t count,
                    size_t size)
{
    size_t bytes = count * size;

    if ((size_t)((char *)v->room - (char *)v->begin) < bytes) {
        n->delete (v->begin);
        v->begin = n->new (bytes);
        v->room = (char *)v->begin + bytes;
    }
    v->end = (char *)v->begin + bytes;
    return v->begin;
}

void tess_net_paths(const void *search, struct vector *best, struct vector *second)
{
    struct tess_net *n = serving;
    paths_fn *theirs = NULL;
    const struct column **out = NULL;

    if (!ours()) {
        if (find_next(NAME_PATHS, &theirs, sizeof theirs))
            theirs(search, best, second);
        return;
    }
    mem_grow(&n->columns, &n->column_cap, (size_t)n->count, sizeof *n->columns);
    out = refill(n, best, (size_t)n->count, sizeof *out);
    for (int c = 0; c < n->count; c++) {
        struct lstm_beam_step s = lstm_beam_step(n->beam, c);

        n->columns[c] = (struct column){.code = s.code,
                                        .letter = s.letter,
                                        .found = (unsigned)s.found,
                                        .first = s.first,
                                        .duplicate = s.duplicate,
                                        .certainty = s.certainty};
        out[c] = &n->columns[c];
    }
}

void tess_net_choices(void *search, const void *letters)
{
    const struct vector *bounds = &((struct search *)search)->bounds;
    struct tess_net *n = serving;
    choices_fn *theirs = NULL;
    size_t had = 0;

    if (!ours()) {
        if (find_next(NAME_CHOICES, &theirs, sizeof theirs))
            theirs(search, letters);
        return;
    }
    n->pieces = (int)(((int *)bounds->end - (int *)bounds->begin) - 1);
    if (n->pieces < 1)
        return;
    had = (size_t)n->rounds * (size_t)n->pieces;
    mem_grow(&n->chosen, &n->chosen_cap, had + (size_t)n->pieces, sizeof *n->chosen);
    lstm_beam_choose(n->beam, bounds->begin, n->pieces, n->chosen + had);
    n->letters = letters;
    n->rounds++;
}

/* What a piece is and what else, as far as something was found. */
static void hand_over(const struct tess_net *n, int piece, struct vector *v)
{
    struct choice *out = refill(n, v, (size_t)n->rounds, sizeof *out);

    for (int r = 0; r < n->rounds; r++) {
        const struct lstm_beam_chosen *c =
            &n->chosen[(size_t)r * (size_t)n->pieces + (size_t)piece];

        if (c->letter != LSTM_MODEL_NONE)
            *out++ = (struct choice){n->letter(n->letters, c->letter), c->rating};
    }
    v->end = out;
}

/* The last that is asked of a line with choices; Tesseract emptied them before it. */
void tess_net_segment(void *search)
{
    struct vector *all = &((struct search *)search)->choices, *one = NULL;
    segment_fn *theirs = NULL;

    if (!ours()) {
        if (find_next(NAME_SEGMENT, &theirs, sizeof theirs))
            theirs(search);
        return;
    }
    if (serving->pieces < 1)
        return;
    one = refill(serving, all, (size_t)serving->pieces, sizeof *one);
    for (int i = 0; i < serving->pieces; i++) {
        one[i] = (struct vector){NULL, NULL, NULL};
        hand_over(serving, i, &one[i]);
    }
}

/* ---- beside it ------------------------------------------------------------------- */

/*
 * Tesseract keeps each line as PNG for a moment, which is deflating and inflating for
 * nothing: leptonica's own form has the same pixels.
 */
l_ok pixWriteMem(l_uint8 **data, size_t *size, struct Pix *pix, l_int32 format)
{
    typedef l_ok write_mem_fn(l_uint8 **, size_t *, struct Pix *, l_int32);
    write_mem_fn *theirs = NULL;

    if (!find_next("pixWriteMem", &theirs, sizeof theirs))
        return 1;
    return theirs(data, size, pix, serving && format == IFF_PNG ? IFF_SPIX : format);
}

int tess_net_open(const void *data, size_t len, struct tess_net **out, struct err *e)
{
    struct tess_net n = {0};

    if (strcmp(TessVersion(), TESS_NET_VERSION) != 0 ||
        !find_next(NAME_LETTER, &n.letter, sizeof n.letter) ||
        !find_next(NAME_NEW, &n.new, sizeof n.new) ||
        !find_next(NAME_DELETE, &n.delete, sizeof n.delete))
        return err_set(e, ERR_OCR_MODEL, "Tesseract %s", TessVersion()),
               err_detail(e, "another version than " TESS_NET_VERSION);
    if (lstm_open(data, len, LSTM_BEST, &n.lstm, e) < 0)
        return -1;
    *out = mem_new(1, sizeof **out);
    **out = n;
    return 0;
}

void tess_net_close(struct tess_net *n)
{
    if (!n)
        return;
    if (serving == n)
        serving = NULL;
    lstm_close(n->lstm);
    mem_free(n->columns);
    mem_free(n->chosen);
    mem_free(n);
}

void tess_net_use(struct tess_net *n)
{
    serving = n;
}

const char *tess_net_path(const struct tess_net *n)
{
    return lstm_path_name(n->lstm);
}

int64_t tess_net_lines(const struct tess_net *n)
{
    return n->lines;
}

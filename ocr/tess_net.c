/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/tess_net.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include <allheaders.h>
#include <tesseract/capi.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/lstm.h"
#include "ocr/lstm_model.h"

/* Names of the C++ library as its compiler made them (Itanium ABI: an object is the
 * first argument). */
#define NAME_PREPARE                                                                   \
    "_ZN9tesseract5Input15PreparePixInputERKNS_11StaticShapeENS_5ImageEPNS_5TRandE"    \
    "PNS_9NetworkIOE"
#define NAME_FORWARD                                                                   \
    "_ZN9tesseract6Series7ForwardEbRKNS_9NetworkIOEPKNS_15TransposedArrayE"            \
    "PNS_14NetworkScratchEPS1_"
#define NAME_RESIZE "_ZN9tesseract9NetworkIO8Resize2dEbii"
#define NAME_WRITE  "_ZN9tesseract9NetworkIO13WriteTimeStepEiPKf"

/* Input::PreparePixInput(): a scaled line as the network's input. An Image is a Pix *
 * and nothing more. */
typedef void prepare_fn(const void *shape, struct Pix *pix, void *random, void *input);
/* Series::Forward(): the whole network, or a part of it that is a series. */
typedef void forward_fn(void *series, bool debug, const void *input,
                        const void *transpose, void *scratch, void *output);
typedef void resize_fn(void *io, bool bytes, int columns, int codes);
typedef void write_fn(void *io, int column, const float *values);

struct tess_net {
    struct lstm *lstm;
    int columns, codes; /* of the line that waits for Series::Forward(); 0: none */
    int64_t lines;
    resize_fn *resize;
    write_fn *write;
};

/* Who reads in this thread: the library's calls give no handle. */
static _Thread_local struct tess_net *serving;

void tess_net_prepare(const void *shape, struct Pix *pix, void *random,
                      void *input) __asm__(NAME_PREPARE);
void tess_net_forward(void *series, bool debug, const void *input,
                      const void *transpose, void *scratch,
                      void *output) __asm__(NAME_FORWARD);

static bool find_next(const char *name, void *function, size_t size)
{
    void *p = dlsym(RTLD_NEXT, name);

    assert(size == sizeof p);
    memcpy(function, &p, size);
    return p != NULL;
}

void tess_net_prepare(const void *shape, struct Pix *pix, void *random, void *input)
{
    struct err why = ERR_INIT;
    prepare_fn *theirs = NULL;

    /* Too narrow or of another height: Tesseract knows what to do. */
    if (serving && pixGetHeight(pix) == LSTM_MODEL_HEIGHT &&
        lstm_run(serving->lstm, pix, &serving->columns, &serving->codes, &why) == 0)
        return;
    err_clear(&why);
    if (find_next(NAME_PREPARE, &theirs, sizeof theirs))
        theirs(shape, pix, random, input);
}

static void hand_over(struct tess_net *n, void *output)
{
    n->resize(output, false, n->columns, n->codes);
    for (int c = 0; c < n->columns; c++)
        n->write(output, c, lstm_probabilities(n->lstm, c));
    n->columns = 0;
    n->lines++;
}

void tess_net_forward(void *series, bool debug, const void *input,
                      const void *transpose, void *scratch, void *output)
{
    forward_fn *theirs = NULL;

    if (serving && serving->columns > 0) {
        hand_over(serving, output);
        return;
    }
    if (find_next(NAME_FORWARD, &theirs, sizeof theirs))
        theirs(series, debug, input, transpose, scratch, output);
}

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
        !find_next(NAME_RESIZE, &n.resize, sizeof n.resize) ||
        !find_next(NAME_WRITE, &n.write, sizeof n.write))
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_limits.h"

#include "node/base/archive.h"
#include "node/base/auto.h"
#include "node/base/csvfile.h"
#include "node/scan/pdf.h"
#include "node/scan/scanner.h"
#include "node/scan/sniff.h"
#include "node/store/store_search.h"
#include "ocr/grid.h"
#include "ocr/image.h"
#include "ocr/ocr.h"
#include "ocr/result.h"
#include "sync/courier.h"
#include "sync/gate.h"
#include "sync/manifest.h"
#include "sync/rpush.h"
#include "sync/window.h"

/* The names are those of the headers: one place to look a value up. */
#define LIMIT(name, unit)                                                              \
    {                                                                                  \
#name, (int64_t)(name), unit                                                   \
    }

static const struct flow_limit LIMITS[] = {
    LIMIT(SNIFF_FILE_MAX, "bytes"),         LIMIT(SNIFF_LARGE_MAX, "bytes"),
    LIMIT(SNIFF_ARCHIVE_MAX, "bytes"),      LIMIT(IMAGE_PIXELS_MAX, "pixels"),
    LIMIT(IMAGE_SIDE_MAX, "pixels"),        LIMIT(IMAGE_DECODED_MAX, "bytes"),
    LIMIT(IMAGE_JPEG_SCANS_MAX, "scans"),   LIMIT(IMAGE_PNG_ANCILLARY_MAX, "bytes"),
    LIMIT(IMAGE_TIFF_PAGES_MAX, "pages"),   LIMIT(IMAGE_TIFF_STRIPS_MAX, "strips"),
    LIMIT(IMAGE_SAMPLES_MAX, "samples"),    LIMIT(SCANNER_PAGES_MAX, "pages"),
    LIMIT(SCANNER_QUIET_MS, "ms"),          LIMIT(PDF_PAGES_MAX, "pages"),
    LIMIT(PDF_PIXELS_MAX, "pixels"),        LIMIT(PDF_PAGE_MS, "ms"),
    LIMIT(PDF_OUTPUT_MAX, "bytes"),         LIMIT(ARCHIVE_ENTRIES_MAX, "members"),
    LIMIT(ARCHIVE_BYTES_MAX, "bytes"),      LIMIT(ARCHIVE_RATIO_MAX, "times"),
    LIMIT(ARCHIVE_RATIO_FROM, "bytes"),     LIMIT(ARCHIVE_DEPTH_MAX, "folders"),
    LIMIT(ARCHIVE_COMPONENT_MAX, "bytes"),  LIMIT(ARCHIVE_NAME_MAX, "bytes"),
    LIMIT(CSVFILE_BYTES_MAX, "bytes"),      LIMIT(CSVFILE_FIELD_MAX, "bytes"),
    LIMIT(CSVFILE_COLUMNS_MAX, "columns"),  LIMIT(CSVFILE_ROWS_MAX, "rows"),
    LIMIT(OCR_WALL_MS_MAX, "ms"),           LIMIT(OCR_CPU_S_MAX, "s"),
    LIMIT(OCR_ASLEEP_MS_MAX, "ms"),         LIMIT(OCR_PAGES_MAX, "pages"),
    LIMIT(OCR_ADDRESS_BYTES, "bytes"),      LIMIT(RESULT_TEXT_MAX, "bytes"),
    LIMIT(RESULT_WORDS_MAX, "words"),       LIMIT(GRID_CELLS_MAX, "cells"),
    LIMIT(GRID_SIDE_MAX, "rows"),           LIMIT(GRID_BYTES_MAX, "bytes"),
    LIMIT(STORE_SEARCH_CANDIDATES, "rows"), LIMIT(MANIFEST_BYTES_MAX, "bytes"),
    LIMIT(MANIFEST_OBJECT_BYTES, "bytes"),  LIMIT(BUNDLE_BYTES_MAX, "bytes"),
    LIMIT(BUNDLE_WHOLE_MAX, "bytes"),       LIMIT(BUNDLE_PART_BYTES, "bytes"),
    LIMIT(GATE_COMMITS_MAX, "commits"),     LIMIT(GATE_OBJECTS_MAX, "objects"),
    LIMIT(GATE_ENTRIES_MAX, "entries"),     LIMIT(GATE_PACK_MAX, "bytes"),
    LIMIT(GATE_BLOB_MAX, "bytes"),          LIMIT(GATE_TREE_MAX, "bytes"),
    LIMIT(GATE_COMMIT_MAX, "bytes"),        LIMIT(GATE_INFLATED_MAX, "bytes"),
    LIMIT(GATE_DEPTH_MAX, "folders"),       LIMIT(RPUSH_COMMITS_MAX, "commits"),
    LIMIT(RPUSH_OBJECTS_MAX, "objects"),    LIMIT(WINDOW_MAX, "bytes"),
    LIMIT(COURIER_VOLUME_MAX, "bytes"),     LIMIT(COURIER_ENTRIES_MAX, "entries"),
    LIMIT(COURIER_FILE_MAX, "bytes"),
};

const struct flow_limit *flow_limits(size_t *count)
{
    *count = ARRAY_LEN(LIMITS);
    return LIMITS;
}

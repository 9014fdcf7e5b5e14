/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_VIEW_BODY_H
#define SOHOA_OCR_VIEW_BODY_H

/*
 * Messages between view.c and view_worker.c. Questions are JSON, each gets one answer.
 *
 *   LOAD  {"key","index","rendered"} and the descriptor  → LOADED, or FAILED (an error)
 *   CUT   {"key","x","y","w","h","page_w","page_h","width"} → PICTURE: the JPEG; FAILED
 */
enum view_msg {
    VIEW_LOAD = 1,
    VIEW_LOADED,
    VIEW_CUT,
    VIEW_PICTURE,
    VIEW_FAILED,
};

#endif

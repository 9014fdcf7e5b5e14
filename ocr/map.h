/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_MAP_H
#define SOHOA_OCR_MAP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How one picture lies over another. Every geometric step before recognition (halving,
 * cutting out, perspective, quarter turns, deskew, scale) makes a new picture of the
 * one before; its map takes a point of the new picture to the same point of the old
 * one. Maps are homographies, so any row of steps is one map again, and a box found at
 * the end is known in pixels of the page as it was captured.
 *
 * Points are continuous: pixel (x, y) covers x to x + 1.
 */
struct map {
    double m[9]; /* rows of the 3 × 3 matrix, m[8] is 1 unless the map is degenerate */
};

/** map_none - each point is itself. */
void map_none(struct map *m);
/** map_scaled - of a picture @sx by @sy times as large as the one before. */
void map_scaled(struct map *m, double sx, double sy);
/** map_cut - of a picture whose corner lies at (x, y) of the one before. */
void map_cut(struct map *m, double x, double y);
/**
 * map_turned - of a picture that was padded by @pad_x and @pad_y on each side and then
 * turned by @angle_rad, clockwise positive, about (@cx, @cy) of the padded one.
 */
void map_turned(struct map *m, double angle_rad, double pad_x, double pad_y, double cx,
                double cy);
/**
 * map_quarters - of a picture of @old_w × @old_h turned clockwise by @quarters × 90°
 * (0 to 3).
 */
void map_quarters(struct map *m, int quarters, double old_w, double old_h);
/**
 * map_quad - of a picture of @w × @h whose corners were at @quad of the one before:
 * x and y of top left, top right, bottom right, bottom left.
 * Method: Heckbert, Fundamentals of Texture Mapping (1989), square to quadrilateral.
 * Return: false when it is not convex (three corners on one line, a bow); then @m is
 * unchanged.
 */
bool map_quad(struct map *m, const double quad[8], double w, double h);

/** map_after - @whole becomes: first @step, then what @whole was. */
void map_after(struct map *whole, const struct map *step);
/** map_point - where (@x, @y) was. */
void map_point(const struct map *m, double x, double y, double *ox, double *oy);

/** map_inverse - the way back. Return: false when there is none; @out is unchanged. */
bool map_inverse(const struct map *m, struct map *out);

/**
 * map_box - the upright box around the four corners of one, held within 0 to @width
 * and 0 to @height, at least one pixel.
 */
void map_box(const struct map *m, int32_t width, int32_t height, int32_t *x, int32_t *y,
             int32_t *w, int32_t *h);

/**
 * map_unbox - the box that map_box() would make such a box of: a small box about the
 * same middle, its sides from those of the one around it. Near an eighth of a turn that
 * cannot be told, and the box grows instead. @back: map_inverse() of @m. Held within
 * the picture of @width and @height.
 */
void map_unbox(const struct map *m, const struct map *back, int32_t width,
               int32_t height, int32_t *x, int32_t *y, int32_t *w, int32_t *h);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score TRUTH.txt READ.txt...: word recall of a reading. Words are maximal runs of
 * letters and digits, lower case, NFC, compared as a bag (order does not count). Prints
 * for each pair "recall true found read"; with several files they come in pairs and a
 * last line "mean". Precision is left out on purpose: what matters is what can be
 * found.
 */
#include "tests/tools/bag.h"

int main(int argc, char **argv)
{
    double sum = 0;
    int pairs = 0;

    if (argc < 3 || argc % 2 == 0) {
        (void)fputs("score TRUTH.txt READ.txt [TRUTH.txt READ.txt]...\n", stderr);
        return 2;
    }
    for (int i = 1; i + 1 < argc; i += 2) {
        AUTO_BAG struct bag truth = BAG_INIT;
        AUTO_BAG struct bag read = BAG_INIT;
        size_t found = 0;
        double recall = 0;

        if (bag_read(argv[i], &truth) < 0 || bag_read(argv[i + 1], &read) < 0)
            return 1;
        found = bag_common(&truth, &read);
        recall = truth.count ? (double)found / (double)truth.count : 1.0;
        (void)printf("%.4f %zu %zu %zu\n", recall, truth.count, found, read.count);
        sum += recall;
        pairs++;
    }
    if (pairs > 1)
        (void)printf("mean %.4f\n", sum / pairs);
    return 0;
}

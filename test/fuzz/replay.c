// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A target without libFuzzer: runs it once on each file, to count what is reached. */
#include <stdio.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    static uint8_t input[FUZZ_MAX];

    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");

        if (!file)
            continue; /* fuzzing that goes on replaces what it has kept */
        LLVMFuzzerTestOneInput(input, fread(input, 1, sizeof(input), file));
        fclose(file);
    }
    return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

void require(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

void *memory(size_t len)
{
    void *at = calloc(1, len ? len : 1);

    require(at != NULL, "no memory");
    return at;
}

struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct bytes bytes;
    long len;

    require(file && !fseek(file, 0, SEEK_END), path);
    len = ftell(file);
    require(len >= 0 && !fseek(file, 0, SEEK_SET), path);
    bytes = (struct bytes){ memory((size_t)len), (size_t)len };
    require(fread(bytes.at, 1, bytes.len, file) == bytes.len, path);
    fclose(file);
    return bytes;
}

void write_file(const char *path, const void *at, size_t len)
{
    FILE *file = fopen(path, "wb");
    int failed;

    require(file && fwrite(at, 1, len, file) == len, path);
    failed = fclose(file);
    require(!failed, path);
}

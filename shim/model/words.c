// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/words.h"

#include "shim/base/mem.h"

/* One of packed words? */
static bool is_one_of(struct shim_span word, const char *words)
{
    for (; *words; words += strlen(words) + 1)
        if (word.len == strlen(words) && !memcmp(word.at, words, word.len))
            return true;
    return false;
}

bool shim_word_is_no(struct shim_span word)
{
    return word.at && is_one_of(word, "no\0off\0false\0disable\0" "0\0");
}

bool shim_word_is_yes(struct shim_span word)
{
    return word.at && is_one_of(word, "yes\0on\0true\0enable\0" "1\0");
}

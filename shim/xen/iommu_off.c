// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Words of Xen's command line that switch IOMMUs off. */
#include "shim/base/mem.h"
#include "shim/xen/modules.h"

static bool is_no(const char *word, size_t len)
{
    static const char no[] = "off\0no\0false\0disable\0" "0\0";

    for (const char *at = no; *at; at = shim_word(at, 1))
        if (strlen(at) == len && !strncmp(at, word, len))
            return true;
    return false;
}

/* One word of a command line: no-iommu, or iommu= with a "no" among its values. */
static bool switches_off(const char *word, size_t len)
{
    static const char option[] = "iommu=";
    size_t start = sizeof(option) - 1;

    if (len == 8 && !strncmp(word, "no-iommu", 8))
        return true;
    if (len < start || strncmp(word, option, start) != 0)
        return false;
    for (size_t at = start; at <= len; at++) {
        if (at < len && word[at] != ',')
            continue;
        if (is_no(word + start, at - start))
            return true;
        start = at + 1;
    }
    return false;
}

static bool line_switches_off(const char *line)
{
    struct shim_span word = shim_first_word(line);

    while (word.at && !switches_off((const char *)word.at, word.len))
        word = shim_first_word((const char *)word.at + word.len);
    return word.at != NULL;
}

/*
 * Xen with iommu=off hides its IOMMUs from dom0 and programs none of them
 * (passthrough/iommu.c, 4.17). Either line may be the one that Xen takes.
 */
const char *shim_iommus_off(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    if (chosen == SHIM_NONE ||
        (!line_switches_off(shim_string(shim_prop(tree, chosen, SHIM_XEN_BOOTARGS))) &&
         !line_switches_off(shim_string(shim_prop(tree, chosen, SHIM_BOOTARGS)))))
        return NULL;
    return "Xen's command line switches IOMMUs off";
}

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Command lines: boot_fdt_cmdline(), write_properties() of domain_build.c, cmdline_parse(). */
#include "shim/base/mem.h"
#include "shim/model/scan.h"

enum { OPTION_MAX = 127 }; /* characters of a word that Xen looks at: MAX_PARAM_SIZE */

static const char *text_of(struct shim_scan *scan, uint32_t node, const char *name)
{
    struct shim_span value = shim_prop_named(scan->tree, node, name);

    return value.at ? shim_scan_text(scan, value) : NULL;
}

/* fdt_path_offset() takes the first chosen, with or without a unit address. */
static uint32_t first_chosen(const struct shim_tree *tree)
{
    uint32_t node = shim_first_child(tree, SHIM_ROOT);

    while (node != SHIM_NONE && !shim_node_named(tree, node, "chosen"))
        node = shim_next_child(tree, node);
    return node;
}

static bool has_words(const char *line)
{
    return line && *line;
}

static const char *xen_line(struct shim_scan *scan, uint32_t chosen)
{
    const char *line = text_of(scan, chosen, "xen,xen-bootargs");

    if (!line && !(scan->entry->gives_line && scan->sight->boot->more_count) &&
        (shim_prop_named(scan->tree, chosen, "xen,dom0-bootargs").at ||
         has_words(scan->kernel_line)))
        line = text_of(scan, chosen, "bootargs");
    return line ? line : "";
}

/* The module's own comes behind xen,dom0-bootargs: that is what the code does. */
static const char *dom0_line(struct shim_scan *scan, uint32_t chosen)
{
    const char *line = text_of(scan, chosen, "xen,dom0-bootargs");

    if (!line && has_words(scan->kernel_line))
        return scan->kernel_line;
    return line ? line : text_of(scan, chosen, "bootargs");
}

void shim_scan_lines(struct shim_scan *scan)
{
    uint32_t any = first_chosen(scan->tree), chosen = shim_child(scan->tree, SHIM_ROOT, "chosen");

    if (any != SHIM_NONE)
        scan->sight->xen_line = xen_line(scan, any);
    if (chosen != SHIM_NONE)
        scan->sight->dom0_line = dom0_line(scan, chosen);
}

struct shim_span shim_sight_word(const struct shim_sight *sight, const char *word)
{
    struct shim_span next = shim_first_word(sight->xen_line), found = { 0 };
    size_t len = strlen(word);

    for (; next.at; next = shim_first_word((const char *)next.at + next.len)) {
        size_t seen = next.len < OPTION_MAX ? next.len : OPTION_MAX;

        if (seen < len || memcmp(next.at, word, len) != 0)
            continue;
        if (seen == len)
            found = (struct shim_span){ next.at + len, 0 };
        else if (next.at[len] == '=')
            found = (struct shim_span){ next.at + len + 1, seen - len - 1 };
    }
    return found;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "xen_args.h"

#include "../lib/mem.h"

static const char dom0_mem[] = "dom0_mem=";

static const char *chosen_string(const struct shim_plan *plan, enum shim_name name)
{
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen");

    return chosen == SHIM_NONE ? NULL : shim_string(shim_prop(plan->tree, chosen, name));
}

static bool kernel_has_bootargs(const struct shim_plan *plan)
{
    const struct shim_module *kernel = shim_module_of(plan, SHIM_MODULE_KERNEL);

    return kernel && kernel->node != SHIM_NONE &&
           shim_prop(plan->tree, kernel->node, SHIM_BOOTARGS).at;
}

/*
 * Xen takes `bootargs` for itself when dom0's line is said elsewhere: in
 * xen,dom0-bootargs or in the kernel's module node.
 */
static bool bootargs_are_xens(const struct shim_plan *plan)
{
    return !chosen_string(plan, SHIM_XEN_BOOTARGS) &&
           (chosen_string(plan, SHIM_DOM0_BOOTARGS) || kernel_has_bootargs(plan));
}

static const char *old_line(const struct shim_plan *plan)
{
    const char *line = chosen_string(plan, SHIM_XEN_BOOTARGS);

    if (!line && bootargs_are_xens(plan))
        line = chosen_string(plan, SHIM_BOOTARGS);
    return line ? line : "";
}

static size_t word_len(const char *at)
{
    size_t len = 0;

    while (at[len] && at[len] != ' ')
        len++;
    return len;
}

/* All words of the line but dom0_mem=. */
static void put_others(struct shim_text *text, const char *line)
{
    while (*line) {
        size_t len = word_len(line);

        if (len && strncmp(line, dom0_mem, sizeof(dom0_mem) - 1) != 0) {
            char word[SHIM_XEN_CMDLINE_MAX];
            size_t kept = len < sizeof(word) ? len : sizeof(word) - 1;

            memcpy(word, line, kept);
            word[kept] = '\0';
            shim_textf(text, "%s ", word);
        }
        line += len + (line[len] == ' ');
    }
}

const char *shim_xen_bootargs(const struct shim_plan *plan)
{
    const char *old = old_line(plan);
    size_t room = strlen(old) + sizeof(dom0_mem) + 24;
    char *line = shim_alloc(plan->arena, room, 1);
    uint64_t kib = plan->dom0.size >> 10;
    struct shim_text text;

    if (!line)
        return NULL;
    text = shim_text(line, room);
    put_others(&text, old);
    shim_textf(&text, "%s%llu%s", dom0_mem, SHIM_X(kib % 1024 ? kib : kib / 1024),
               kib % 1024 ? "K" : "M");
    return line;
}

const char *shim_dom0_bootargs(const struct shim_plan *plan)
{
    if (chosen_string(plan, SHIM_DOM0_BOOTARGS) || kernel_has_bootargs(plan))
        return NULL;
    return chosen_string(plan, SHIM_BOOTARGS);
}

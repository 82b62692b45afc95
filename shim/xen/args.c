// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/args.h"

#include "shim/base/mem.h"
#include "shim/xen/modules.h"
#include "shim/xen/payload.h"
#include "shim/xen/plan.h"
#include "shim/model/release.h"

static const char dom0_mem[] = "dom0_mem=";

static const char *chosen_string(const struct shim_plan *plan, enum shim_name name)
{
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen");

    return chosen == SHIM_NONE ? NULL : shim_string(shim_prop(plan->tree, chosen, name));
}

/* All words of the line except dom0_mem=; returns where the next one goes. */
static char *put_others(char *to, const char *line)
{
    struct shim_span word = shim_first_word(line);

    while (word.at) {
        if (strncmp((const char *)word.at, dom0_mem, sizeof(dom0_mem) - 1) != 0) {
            memcpy(to, word.at, word.len);
            to += word.len;
            *to++ = ' ';
        }
        word = shim_first_word((const char *)word.at + word.len);
    }
    return to;
}

/* After what is there, with a space between them. */
static void put_word(struct shim_text *text, const char *line, bool wanted, const char *word)
{
    if (wanted)
        shim_textf(text, "%s%s", text->at > line && text->at[-1] != ' ' ? " " : "", word);
}

const char *shim_xen_bootargs(const struct shim_plan *plan)
{
    const char *told = shim_xen_command_line(plan->tree);
    const char *old = told ? told : "";
    size_t room = strlen(old) + 1 + sizeof(dom0_mem) + 24 + sizeof(" ext_regions=0 dom0_max_vcpus=8 bootscrub=1");
    char *line = shim_alloc(plan->arena, room, 1);
    uint64_t kib = plan->dom0.size >> 10;
    struct shim_text text;
    char *end;

    if (!line)
        return NULL;
    end = put_others(line, old);
    text = shim_text(end, room - (size_t)(end - line));
    if (!plan->domain)
        shim_textf(&text, "%s%llu%s", dom0_mem, SHIM_X(kib % 1024 ? kib : kib / 1024),
                   kib % 1024 ? "K" : "M");
    put_word(&text, line, plan->xen->no_ext_regions, "ext_regions=0");
    put_word(&text, line, plan->xen->max_vcpus, "dom0_max_vcpus=8");
    put_word(&text, line, plan->xen->scrubs_at_once, "bootscrub=1");
    return line;
}

const char *shim_dom0_bootargs(const struct shim_plan *plan)
{
    if (chosen_string(plan, SHIM_DOM0_BOOTARGS) || shim_kernel_line(plan->tree))
        return NULL;
    return chosen_string(plan, SHIM_BOOTARGS);
}

static enum shim_code check_line(const struct shim_plan *plan, uint32_t node, enum shim_name name,
                                 struct shim_error *error)
{
    struct shim_span value = shim_prop(plan->tree, node, name);

    if (!value.at || shim_string(value))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(plan->tree, node),
                     shim_name_string(plan->tree, name), "make it one string, or remove it",
                     "is not one string, so what Xen would read is not known");
}

enum shim_code shim_check_lines(const struct shim_plan *plan, struct shim_error *error)
{
    static const uint8_t names[] = { SHIM_XEN_BOOTARGS, SHIM_DOM0_BOOTARGS, SHIM_BOOTARGS };
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen"), node = SHIM_NONE;
    enum shim_code code = SHIM_OK;

    for (unsigned i = 0; !code && chosen != SHIM_NONE && i < sizeof(names); i++)
        code = check_line(plan, chosen, (enum shim_name)names[i], error);
    while (!code && (node = shim_next_host_module(plan->tree, node)) != SHIM_NONE)
        code = check_line(plan, node, SHIM_BOOTARGS, error);
    return code;
}

/* ---- the command line of a xen,domain's kernel ---------------------------------- */

static bool has_word(const char *line, const char *wanted)
{
    struct shim_span word = shim_first_word(line);

    for (; word.at; word = shim_first_word((const char *)word.at + word.len))
        if (word.len == strlen(wanted) && !memcmp(word.at, wanted, word.len))
            return true;
    return false;
}

static const char *joined(struct shim_arena *arena, const char *first, const char *second)
{
    size_t room = strlen(first) + strlen(second) + 1;
    char *line = shim_alloc(arena, room, 1);
    struct shim_text text;

    if (!line)
        return first;
    text = shim_text(line, room);
    shim_text_string(&text, first);
    shim_text_string(&text, second);
    return line;
}

const char *shim_domain_bootargs(const struct shim_plan *plan)
{
    static const char console[] = " console=ttyAMA0"; /* the emulated UART */
    const char *line = shim_dom0_line(plan);

    if (!line)
        return console + 1;
    return has_word(line, console + 1) ? line : joined(plan->arena, line, console);
}

/* ---- what Xen has room for --------------------------------------------------------- */

enum shim_code shim_refuse_long_line(const char *line, const char *property, const char *remedy,
                                     struct shim_error *error)
{
    if (line && strlen(line) >= SHIM_XEN_CMDLINE_MAX)
        return shim_fail(error, SHIM_E_VALUE, "/chosen", property, remedy,
                         "%u characters; Xen panics at %u", (unsigned)strlen(line),
                         SHIM_XEN_CMDLINE_MAX);
    return SHIM_OK;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The policy, from variables of U-Boot's environment. */
#include "policy.h"

#include "results.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "trouble.h"
#include "uboot.h"

static const char prefix[] = "dtshim_";

/* Variables that the command sets itself. */
static const char results[] = RESULT_ADDRESS "\0" RESULT_SIZE "\0" RESULT_FROM "\0" RESULT_OFFSET
    "\0" RESULT_ERROR "\0" RESULT_DOMAIN_ADDRESS "\0" RESULT_DOMAIN_SIZE "\0" RESULT_DOMAIN_LOAD
    "\0";

struct variable {
    char name[48];
};

static struct variable variable_of(unsigned field)
{
    struct variable variable = { "" };
    struct shim_text text = shim_text(variable.name, sizeof(variable.name));

    shim_textf(&text, "%s%s", prefix, shim_policy_table[field].name);
    for (char *at = variable.name; *at; at++)
        if (*at == '-')
            *at = '_';
    return variable;
}

static bool is_ours(const char *name)
{
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++)
        if (!strcmp(variable_of(field).name, name))
            return true;
    return shim_matches_one(results, name);
}

/* A property that is misspelt in a tree is refused; so is a variable. */
static bool refuse_unknown(void *self, const char *name, const char *value)
{
    (void)self;
    (void)value;
    if (is_ours(name))
        return true;
    refuse_about(name, "policy", "there is no policy property of this name",
                 "delete the variable, or use a name that dtshim help lists");
    return false;
}

bool policy_from_environment(struct shim_policy *policy, struct shim_arena *arena)
{
    struct shim_error error;

    if (!uboot_env_each(prefix, refuse_unknown, NULL))
        return false;
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++) {
        struct variable variable = variable_of(field);
        const char *value = uboot_env(variable.name);

        if (value && shim_policy_set(policy, (enum shim_policy_field)field, value, arena, &error)) {
            refuse(variable.name, &error);
            return false;
        }
    }
    return true;
}

/* ---- help --------------------------------------------------------------------------- */

static void print_takes(const struct shim_policy_entry *entry)
{
    static const char shapes[] = "WORD\0BYTES\0N\0STRINGS\0RANGES\0X.Y\0";
    const char *before = "";

    if (!entry->choices) {
        shim_print(&to_console, "%s", shim_word(shapes, entry->kind));
        return;
    }
    for (unsigned i = 0; *shim_word(entry->choices, i); i++) {
        shim_print(&to_console, "%s%s", before, shim_word(entry->choices, i));
        before = "|";
    }
}

static void print_set(const char *name)
{
    const char *value = uboot_env(name);

    /* A value may be longer than a line of shim_print(). */
    if (value) {
        uboot_put(" = ");
        uboot_put(value);
    }
    uboot_put("\n");
}

void policy_help(void)
{
    uboot_put("Policy; it overrides /chosen/dtshim of the tree. Values are as for the host "
              "tool;\n"
              "where a message has --dom0-mem, set dtshim_dom0_mem:\n");
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++) {
        struct variable variable = variable_of(field);

        shim_print(&to_console, "  %s (", variable.name);
        print_takes(&shim_policy_table[field]);
        uboot_put(")");
        print_set(variable.name);
    }
    uboot_put("Set by the last command:\n");
    for (unsigned i = 0; *shim_word(results, i); i++) {
        shim_print(&to_console, "  %s", shim_word(results, i));
        print_set(shim_word(results, i));
    }
}

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <dtshim/policy.h>

#include "shim/base/mem.h"
#include "shim/base/number.h"
#include "shim/base/range.h"
#include "shim/fdt/tree.h"
#include "shim/model/release.h"

enum { IPA_BITS_MIN = 32, IPA_BITS_MAX = 52 };

static const char remedy_value[] = "use a valid value: doc/reference/policy.rst lists them";
static const char remedy_choice[] = "use one of these";
static const char remedy_name[] = "correct or remove it: doc/reference/policy.rst lists all names";

enum { WORDS_MAX = 160 };

__attribute__((format(printf, 3, 4)))
static enum shim_code refuse(struct shim_error *error, enum shim_policy_field field,
                             const char *what, ...)
{
    char words[WORDS_MAX];
    struct shim_text text = shim_text(words, sizeof(words));
    va_list args;

    va_start(args, what);
    shim_text_format(&text, what, args);
    va_end(args);
    return shim_fail(error, SHIM_E_POLICY, "policy", shim_policy_table[field].name,
                     remedy_value, "%s", words);
}

/* Who reads this on a UART has no list of the choices. */
static enum shim_code refuse_choice(struct shim_error *error, enum shim_policy_field field,
                                    const char *word)
{
    const char *choices = shim_policy_table[field].choices;
    char words[WORDS_MAX];
    struct shim_text text = shim_text(words, sizeof(words));

    for (unsigned i = 0; *shim_word(choices, i); i++)
        shim_textf(&text, "%s%s", i ? ", " : "", shim_word(choices, i));
    return shim_fail(error, SHIM_E_POLICY, "policy", shim_policy_table[field].name, remedy_choice,
                     "unknown value '%s'; the values are %s", word, words);
}

/* ---- values ---------------------------------------------------------------- */

static enum shim_code set_choice(struct shim_policy *policy, enum shim_policy_field field,
                                 const char *word, struct shim_error *error)
{
    const char *choices = shim_policy_table[field].choices;

    for (unsigned i = 0; *shim_word(choices, i); i++) {
        if (!strcmp(shim_word(choices, i), word)) {
            policy->value[field] = i;
            return SHIM_OK;
        }
    }
    return refuse_choice(error, field, word);
}

static enum shim_code set_number(struct shim_policy *policy, enum shim_policy_field field,
                                 uint64_t value, struct shim_error *error)
{
    if (field == SHIM_POLICY_IPA_BITS && (value < IPA_BITS_MIN || value > IPA_BITS_MAX))
        return refuse(error, field, "%llu is not between %u and %u", SHIM_X(value),
                      IPA_BITS_MIN, IPA_BITS_MAX);
    if (field == SHIM_POLICY_KERNEL_BITS && value != 32 && value != 64)
        return refuse(error, field, "%llu is neither 32 nor 64", SHIM_X(value));
    if (field == SHIM_POLICY_DOM0_MEM && !value)
        return refuse(error, field, "dom0 needs memory, 0 was given");
    if (shim_policy_table[field].kind == SHIM_KIND_BYTES && value % 4096)
        return refuse(error, field, "0x%llx is not a multiple of 4 KiB", SHIM_X(value));
    policy->value[field] = value;
    return SHIM_OK;
}

/* One that is newer than all that are known is taken: the plan says so. */
static enum shim_code set_release(struct shim_policy *policy, enum shim_policy_field field,
                                  const char *text, struct shim_error *error)
{
    const char *end;
    unsigned release;

    end = shim_scan_release(text, &release);
    if (!end || *end)
        return refuse(error, field, "'%s' is not a release of Xen, such as 4.20", text);
    if (release < SHIM_XEN_FIRST_RELEASE)
        return refuse(error, field, "Xen %s is older than 4.17, the first that dtshim knows", text);
    policy->value[field] = release;
    return SHIM_OK;
}

/* RAM without its base: one u64, see shim_place_ram(). */
static enum shim_code take_size(struct shim_policy *policy, enum shim_policy_field field,
                                struct shim_span value, struct shim_error *error)
{
    uint64_t size = shim_be64(value.at);

    if (!size || size % 4096)
        return refuse(error, field, "0x%llx is not a size in whole pages", SHIM_X(size));
    policy->list[field] = value;
    return SHIM_OK;
}

/* Pairs of u64, page aligned, none empty, none that wraps. */
static enum shim_code take_ranges(struct shim_policy *policy, enum shim_policy_field field,
                                  struct shim_span value, struct shim_error *error)
{
    if (field == SHIM_POLICY_RAM && value.len == sizeof(uint64_t))
        return take_size(policy, field, value, error);
    if (!value.len || value.len % 16)
        return refuse(error, field, "has %u bytes, each range needs four cells",
                      (unsigned)value.len);
    for (size_t i = 0; i < value.len; i += 16) {
        struct shim_range range = { shim_be64(value.at + i), shim_be64(value.at + i + 8) };

        if (!range.size || shim_range_wraps(range) || (range.base | range.size) % 4096)
            return refuse(error, field, "0x%llx:0x%llx is not a range of whole pages",
                          SHIM_X(range.base), SHIM_X(range.size));
    }
    policy->list[field] = value;
    return SHIM_OK;
}

/* Of a list of choices each has to be known; other lists hold what they hold. */
static enum shim_code check_list(const struct shim_policy *policy, enum shim_policy_field field,
                                 struct shim_error *error)
{
    const char *choices = shim_policy_table[field].choices;
    struct shim_span list = policy->list[field];

    for (const char *word = shim_list_next(list, NULL); choices && word;
         word = shim_list_next(list, word))
        if (!shim_matches_one(choices, word))
            return refuse_choice(error, field, word);
    return SHIM_OK;
}

static enum shim_code no_room(struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "policy", NULL, "give dtshim more memory",
                     "no room for a list");
}

static enum shim_code set_list(struct shim_policy *policy, enum shim_policy_field field,
                               const char *text, struct shim_arena *arena,
                               struct shim_error *error)
{
    char *list = shim_alloc(arena, strlen(text) + 1, 1);
    size_t used = 0;

    if (!list)
        return no_room(error);
    for (; *text; text++) {
        if (*text != ' ')
            list[used++] = *text;
        else if (used && list[used - 1])
            list[used++] = '\0';
    }
    if (!used || list[used - 1])
        list[used++] = '\0';
    policy->list[field] = (struct shim_span){ (const uint8_t *)list, used };
    return check_list(policy, field, error);
}

static const char *skip_spaces(const char *text)
{
    while (*text == ' ')
        text++;
    return text;
}

/* Two numbers of an entry "base:size"; returns what is behind it, NULL: no entry. */
static const char *scan_range(const char *text, struct shim_range *range)
{
    const char *at = shim_scan_number(text, ':', &range->base);

    if (!at || *at != ':')
        return NULL;
    return shim_scan_number(at + 1, ' ', &range->size);
}

/* All of the text is one size. */
static bool scan_size(const char *text, uint64_t *size)
{
    const char *end = shim_scan_number(text, ' ', size);

    return end && !*skip_spaces(end);
}

static enum shim_code set_ranges(struct shim_policy *policy, enum shim_policy_field field,
                                 const char *text, struct shim_arena *arena,
                                 struct shim_error *error)
{
    uint8_t *list = shim_alloc(arena, strlen(text) / 4 + 1, 2 * sizeof(uint64_t));
    struct shim_range range;
    size_t used = 0;

    if (!list)
        return no_room(error);
    text = skip_spaces(text);
    if (field == SHIM_POLICY_RAM && scan_size(text, &range.size)) {
        shim_put_be64(list, range.size);
        return take_ranges(policy, field, (struct shim_span){ list, sizeof(uint64_t) }, error);
    }
    for (; *text; text = skip_spaces(text)) {
        text = scan_range(text, &range);
        if (!text)
            return refuse(error, field, "is not a list of base:size, as in 0x80000000:1G");
        shim_put_be64(list + used, range.base);
        shim_put_be64(list + used + 8, range.size);
        used += 16;
    }
    return take_ranges(policy, field, (struct shim_span){ list, used }, error);
}

/* Said twice, a list is both, in that order. */
static enum shim_code join(struct shim_policy *policy, enum shim_policy_field field,
                           struct shim_span before, struct shim_arena *arena,
                           struct shim_error *error)
{
    struct shim_span more = policy->list[field];
    uint8_t *list;

    if (!(policy->given >> field & 1))
        return SHIM_OK;
    if (field == SHIM_POLICY_RAM && (before.len | more.len) & sizeof(uint64_t))
        return refuse(error, field, "a size without a base is all of RAM: give nothing else");
    list = shim_alloc(arena, before.len + more.len, 1);
    if (!list)
        return no_room(error);
    memcpy(list, before.at, before.len);
    memcpy(list + before.len, more.at, more.len);
    policy->list[field] = (struct shim_span){ list, before.len + more.len };
    return SHIM_OK;
}

enum shim_code shim_policy_set(struct shim_policy *policy, enum shim_policy_field field,
                               const char *text, struct shim_arena *arena,
                               struct shim_error *error)
{
    struct shim_span before = policy->list[field];
    enum shim_code code;
    uint64_t value;

    switch (shim_policy_table[field].kind) {
    case SHIM_KIND_CHOICE:
        code = set_choice(policy, field, text, error);
        break;
    case SHIM_KIND_STRINGS:
        code = set_list(policy, field, text, arena, error);
        break;
    case SHIM_KIND_RANGES:
        code = set_ranges(policy, field, text, arena, error);
        break;
    case SHIM_KIND_RELEASE:
        code = set_release(policy, field, text, error);
        break;
    default:
        if (!shim_read_number(text, &value))
            return refuse(error, field, "'%s' is not a number (512M, 0x20000000, ...)", text);
        code = set_number(policy, field, value, error);
        break;
    }
    if (!code)
        code = join(policy, field, before, arena, error);
    if (!code)
        policy->given |= 1u << field;
    return code;
}

/* ---- /chosen/dtshim ----------------------------------------------------------- */

static const struct shim_node *policy_node(const struct shim_tree *tree, uint32_t *number)
{
    *number = shim_node_at(tree, "/chosen/dtshim");
    return *number == SHIM_NONE ? NULL : &tree->nodes[*number];
}

static enum shim_code take_list(struct shim_policy *policy, enum shim_policy_field field,
                                struct shim_span value, struct shim_error *error)
{
    if (!value.len || value.at[value.len - 1])
        return refuse(error, field, "is not a list of strings");
    policy->list[field] = value;
    return check_list(policy, field, error);
}

static enum shim_code take_value(struct shim_policy *policy, enum shim_policy_field field,
                                 struct shim_span value, struct shim_error *error)
{
    const char *word = shim_string(value);
    uint32_t cell;

    switch (shim_policy_table[field].kind) {
    case SHIM_KIND_CHOICE:
        return word ? set_choice(policy, field, word, error)
                    : refuse(error, field, "is not a string");
    case SHIM_KIND_STRINGS:
        return take_list(policy, field, value, error);
    case SHIM_KIND_RANGES:
        return take_ranges(policy, field, value, error);
    case SHIM_KIND_RELEASE:
        return word ? set_release(policy, field, word, error)
                    : refuse(error, field, "is not a string");
    case SHIM_KIND_COUNT:
        if (!shim_cell(value, &cell))
            return refuse(error, field, "has %u bytes, one cell is needed", (unsigned)value.len);
        return set_number(policy, field, cell, error);
    case SHIM_KIND_BYTES:
        break;
    }
    if (value.len != 8)
        return refuse(error, field, "has %u bytes, two cells are needed, as in <0x0 0x20000000>",
                      (unsigned)value.len);
    return set_number(policy, field, shim_be64(value.at), error);
}

static enum shim_policy_field field_named(const char *name)
{
    unsigned field = 0;

    while (field < SHIM_POLICY_FIELDS && strcmp(shim_policy_table[field].name, name) != 0)
        field++;
    return field;
}

static size_t common_start(const char *a, const char *b)
{
    size_t len = 0;

    while (a[len] && a[len] == b[len])
        len++;
    return len;
}

/* With the properties that start most like it. */
static enum shim_code refuse_name(struct shim_error *error, const char *name)
{
    char words[WORDS_MAX];
    struct shim_text text = shim_text(words, sizeof(words));
    size_t most = 1;

    for (unsigned i = 0; i < SHIM_POLICY_FIELDS; i++)
        if (common_start(name, shim_policy_table[i].name) > most)
            most = common_start(name, shim_policy_table[i].name);
    for (unsigned i = 0; i < SHIM_POLICY_FIELDS; i++)
        if (common_start(name, shim_policy_table[i].name) == most)
            shim_textf(&text, "%s%s", *words ? ", " : "; there are ", shim_policy_table[i].name);
    return shim_fail(error, SHIM_E_POLICY, "/chosen/dtshim", NULL, remedy_name,
                     "'%s' is not a policy property%s", name, words);
}

static bool is_administrative(const char *name)
{
    return !strcmp(name, "compatible") || !strcmp(name, "phandle") || !strcmp(name, "name");
}

static enum shim_code take_property(struct shim_policy *policy, const char *name,
                                    struct shim_span value, struct shim_error *error)
{
    enum shim_policy_field field = field_named(name);
    enum shim_code code;

    if (is_administrative(name))
        return SHIM_OK;
    if (field == SHIM_POLICY_FIELDS)
        return refuse_name(error, name);
    if (shim_policy_has(policy, field))
        return refuse(error, field, "is twice in /chosen/dtshim");
    code = take_value(policy, field, value, error);
    if (!code)
        policy->given |= 1u << field;
    return code;
}

enum shim_code shim_policy_from_tree(struct shim_policy *policy, const struct shim_tree *tree,
                                     struct shim_error *error)
{
    uint32_t number;
    const struct shim_node *node = policy_node(tree, &number);
    enum shim_code code = SHIM_OK;

    if (!node)
        return SHIM_OK;
    if (shim_prop(tree, number, SHIM_COMPATIBLE).at &&
        !shim_compatible(tree, number, SHIM_POLICY_COMPATIBLE))
        return shim_fail(error, SHIM_E_POLICY, "/chosen/dtshim", "compatible",
                         "write compatible = \"dtshim,policy-v1\" or remove it",
                         "is not \"dtshim,policy-v1\"");
    for (uint32_t prop = node->first_prop; !code && prop < node->props_end; prop++)
        code = take_property(policy, shim_prop_name(tree, prop), shim_prop_value(tree, prop),
                             error);
    return code;
}

void shim_policy_merge(struct shim_policy *policy, const struct shim_policy *over)
{
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++) {
        if (!shim_policy_has(over, field))
            continue;
        policy->value[field] = over->value[field];
        policy->list[field] = over->list[field];
    }
    policy->given |= over->given;
}

const char *shim_policy_difference(const struct shim_policy *a, const struct shim_policy *b)
{
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++) {
        struct shim_span one = a->list[field], other = b->list[field];

        if (a->value[field] != b->value[field] || one.len != other.len ||
            (one.len && memcmp(one.at, other.at, one.len) != 0))
            return shim_policy_table[field].name;
    }
    return NULL;
}

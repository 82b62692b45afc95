// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "fit.h"
#include "hash.h"
#include "shim/base/mem.h"
#include "shim/stage/trust.h"

struct fit {
    struct shim_tree tree;
    size_t avail;
    struct shim_error *error;
};

static const char remedy_make[] =
    "make the FIT again with mkimage -f, as board/qemu_arm64/payload.its shows";

__attribute__((format(printf, 3, 4)))
static enum shim_code bad(const struct fit *fit, uint32_t node, const char *what, ...)
{
    char words[160];
    struct shim_text text = shim_text(words, sizeof(words));
    va_list args;

    va_start(args, what);
    shim_text_format(&text, what, args);
    va_end(args);
    return shim_fail(fit->error, SHIM_E_PAYLOAD, SHIM_PATH(&fit->tree, node), NULL, remedy_make,
                     "payload FIT: %s", words);
}

/* ---- data ---------------------------------------------------------------------- */

/* Data behind the tree: at an offset from its padded end, or a position in the file. */
static enum shim_code external_data(const struct fit *fit, uint32_t image, struct shim_span *data)
{
    uint32_t offset, position, size;
    bool relative = shim_cell(shim_prop(&fit->tree, image, SHIM_DATA_OFFSET), &offset);
    uint64_t start;

    if (!shim_cell(shim_prop(&fit->tree, image, SHIM_DATA_SIZE), &size))
        return bad(fit, image, "has no data");
    if (relative)
        start = shim_align_up(fit->tree.total, 4) + offset;
    else if (shim_cell(shim_prop(&fit->tree, image, SHIM_DATA_POSITION), &position))
        start = position;
    else
        return bad(fit, image, "has no data");
    if (!size)
        return bad(fit, image, "has no data");
    if (start > fit->avail || size > fit->avail - start)
        return bad(fit, image, "its data ends %llu bytes behind the payload",
                   SHIM_X(start + size - fit->avail));
    *data = (struct shim_span){ fit->tree.blob + start, size };
    return SHIM_OK;
}

static enum shim_code data_of(const struct fit *fit, uint32_t image, struct shim_span *data)
{
    *data = shim_prop(&fit->tree, image, SHIM_DATA);
    return data->len ? SHIM_OK : external_data(fit, image, data);
}

/* ---- hashes ------------------------------------------------------------------------ */

static bool crc32_agrees(struct shim_span data, struct shim_span value)
{
    return value.len == 4 && shim_be32(value.at) == hash_crc32(data.at, data.len);
}

static bool sha256_agrees(struct shim_span data, struct shim_span value)
{
    uint8_t digest[SHA256_SIZE];

    if (value.len != sizeof(digest))
        return false;
    hash_sha256(data.at, data.len, digest);
    return !memcmp(digest, value.at, sizeof(digest));
}

/* `strong`: is it one that a change of the data cannot pass? */
static enum shim_code check_hash(const struct fit *fit, uint32_t node, struct shim_span data,
                                 bool *strong)
{
    const char *algo = shim_string(shim_prop(&fit->tree, node, SHIM_ALGO));
    struct shim_span value = shim_prop(&fit->tree, node, SHIM_VALUE);
    bool agrees;

    if (!algo)
        return bad(fit, node, "a hash without algo");
    if (!strcmp(algo, "crc32"))
        agrees = crc32_agrees(data, value);
    else if (!strcmp(algo, "sha256"))
        agrees = *strong = sha256_agrees(data, value);
    else
        return bad(fit, node, "hash algo '%s' is not known, use sha256 or crc32", algo);
    return agrees ? SHIM_OK : bad(fit, node, "%s does not agree: the data is damaged", algo);
}

static enum shim_code check_hashes(const struct fit *fit, uint32_t image, struct shim_span data)
{
    unsigned hashes = 0;
    bool strong = false;
    enum shim_code code = SHIM_OK;

    for (uint32_t node = shim_first_child(&fit->tree, image); !code && node != SHIM_NONE;
         node = shim_next_child(&fit->tree, node)) {
        if (strncmp(shim_node_name(&fit->tree, node), "hash", 4) != 0)
            continue;
        hashes++;
        code = check_hash(fit, node, data, &strong);
    }
    if (!code && !hashes)
        return bad(fit, image, "has no hash");
    if (!code && TRUST_IS_REQUIRED && !strong)
        return bad(fit, image, "has no sha256, and crc32 alone keeps nobody from changing it");
    return code;
}

/* ---- images -------------------------------------------------------------------------- */

static enum shim_code take_image(const struct fit *fit, const char *name,
                                 enum shim_module_kind kind, struct shim_facts *facts)
{
    uint32_t images = shim_child(&fit->tree, SHIM_ROOT, "images");
    uint32_t image = images == SHIM_NONE ? SHIM_NONE : shim_child(&fit->tree, images, name);
    const char *packing;
    struct shim_span data;
    enum shim_code code;

    if (image == SHIM_NONE)
        return bad(fit, SHIM_ROOT, "no image '%s' in /images", name);
    packing = shim_string(shim_prop(&fit->tree, image, SHIM_COMPRESSION));
    if (packing && strcmp(packing, "none") != 0)
        return bad(fit, image, "compression '%s': Xen needs it unpacked", packing);
    code = data_of(fit, image, &data);
    if (!code)
        code = check_hashes(fit, image, data);
    if (code)
        return code;
    facts->payload[facts->payload_count++] = (struct shim_payload_part){
        .kind = kind, .at = { (uintptr_t)data.at, data.len } };
    return SHIM_OK;
}

static uint32_t default_configuration(const struct fit *fit)
{
    uint32_t all = shim_child(&fit->tree, SHIM_ROOT, "configurations");
    const char *name;

    if (all == SHIM_NONE)
        return SHIM_NONE;
    name = shim_string(shim_prop_named(&fit->tree, all, "default"));
    return name ? shim_child(&fit->tree, all, name) : shim_first_child(&fit->tree, all);
}

static enum shim_code take_configuration(const struct fit *fit, uint32_t configuration,
                                         struct shim_facts *facts)
{
    static const struct {
        char property[12];
        enum shim_module_kind kind;
    } parts[] = {
        { "firmware", SHIM_MODULE_XEN },
        { "kernel", SHIM_MODULE_KERNEL },
        { "ramdisk", SHIM_MODULE_RAMDISK },
    };
    enum shim_code code = SHIM_OK;

    for (unsigned i = 0; !code && i < sizeof(parts) / sizeof(parts[0]); i++) {
        const char *name =
            shim_string(shim_prop_named(&fit->tree, configuration, parts[i].property));

        if (name)
            code = take_image(fit, name, parts[i].kind, facts);
        else if (parts[i].kind != SHIM_MODULE_RAMDISK)
            code = bad(fit, configuration, "names no %s", parts[i].property);
    }
    return code;
}

enum shim_code fit_read(struct shim_facts *facts, const uint8_t *at, size_t avail,
                        struct shim_arena *arena, uint32_t *signers, struct shim_error *error)
{
    struct fit fit = { .avail = avail, .error = error };
    enum shim_code code = shim_tree_check(&fit.tree, at, avail, arena, error);
    uint32_t configuration = code ? SHIM_NONE : default_configuration(&fit);

    if (code)
        return code;
    if (configuration == SHIM_NONE)
        return bad(&fit, SHIM_ROOT, "no default configuration");
    code = trust_configuration(&fit.tree, configuration, *arena, signers, error);
    return code ? code : take_configuration(&fit, configuration, facts);
}

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

__attribute__((format(printf, 4, 5)))
static enum shim_code bad(const struct fit *fit, uint32_t node, const char *property,
                          const char *what, ...)
{
    char words[160];
    struct shim_text text = shim_text(words, sizeof(words));
    va_list args;

    va_start(args, what);
    shim_text_format(&text, what, args);
    va_end(args);
    return shim_fail(fit->error, SHIM_E_PAYLOAD, SHIM_PATH(&fit->tree, node), property, remedy_make,
                     "payload FIT: %s", words);
}

/* ---- properties: what is there and malformed is not taken for what is not there -------- */

/* NULL: it is not there. */
static enum shim_code read_string(const struct fit *fit, uint32_t node, const char *name,
                                  const char **string)
{
    struct shim_span value = shim_prop_named(&fit->tree, node, name);

    *string = shim_string(value);
    return *string || !value.at ? SHIM_OK : bad(fit, node, name, "is not one string");
}

static enum shim_code read_bytes(const struct fit *fit, uint32_t node, enum shim_name name,
                                 uint32_t len, struct shim_span *value)
{
    *value = shim_prop(&fit->tree, node, name);
    if (!value->at || value->len == len)
        return SHIM_OK;
    return bad(fit, node, shim_name_string(&fit->tree, name), "has %u bytes, %u are needed",
               (unsigned)value->len, (unsigned)len);
}

/* ---- data ---------------------------------------------------------------------- */

/* Where data is said to be that is not in the tree, a cell each. */
struct place {
    struct shim_span offset, position, size;
};

static enum shim_code read_place(const struct fit *fit, uint32_t image, struct place *place)
{
    enum shim_code code = read_bytes(fit, image, SHIM_DATA_OFFSET, 4, &place->offset);

    if (!code)
        code = read_bytes(fit, image, SHIM_DATA_POSITION, 4, &place->position);
    return code ? code : read_bytes(fit, image, SHIM_DATA_SIZE, 4, &place->size);
}

/* Data behind the tree: at an offset from its padded end, or a position in the file. */
static enum shim_code external_data(const struct fit *fit, uint32_t image,
                                    const struct place *place, struct shim_span *data)
{
    uint64_t start, size = place->size.at ? shim_be32(place->size.at) : 0;

    if (!size || (!place->offset.at && !place->position.at))
        return bad(fit, image, NULL, "has no data");
    start = place->offset.at ? shim_align_up(fit->tree.total, 4) + shim_be32(place->offset.at)
                             : shim_be32(place->position.at);
    if (start > fit->avail || size > fit->avail - start)
        return bad(fit, image, NULL, "its data ends %llu bytes after the payload",
                   SHIM_X(start + size - fit->avail));
    *data = (struct shim_span){ fit->tree.blob + start, size };
    return SHIM_OK;
}

static enum shim_code data_of(const struct fit *fit, uint32_t image, struct shim_span *data)
{
    struct place place;
    enum shim_code code = read_place(fit, image, &place);

    if (code)
        return code;
    *data = shim_prop(&fit->tree, image, SHIM_DATA);
    if (!data->at)
        return external_data(fit, image, &place, data);
    return data->len ? SHIM_OK : bad(fit, image, "data", "is empty");
}

/* ---- hashes ------------------------------------------------------------------------ */

static bool crc32_agrees(struct shim_span data, struct shim_span value)
{
    return shim_be32(value.at) == hash_crc32(data.at, data.len);
}

static bool sha256_agrees(struct shim_span data, struct shim_span value)
{
    uint8_t digest[SHA256_SIZE];

    hash_sha256(data.at, data.len, digest);
    return !memcmp(digest, value.at, sizeof(digest));
}

/* `strong`: is it one that a change of the data cannot pass? */
static enum shim_code check_value(const struct fit *fit, uint32_t node, const char *algo,
                                  struct shim_span data, bool *strong)
{
    bool crc32 = !strcmp(algo, "crc32"), agrees;
    struct shim_span value;
    enum shim_code code = read_bytes(fit, node, SHIM_VALUE, crc32 ? 4 : SHA256_SIZE, &value);

    if (code)
        return code;
    if (!value.at)
        return bad(fit, node, NULL, "a hash without value");
    if (crc32)
        agrees = crc32_agrees(data, value);
    else
        agrees = *strong = sha256_agrees(data, value);
    return agrees ? SHIM_OK
                  : bad(fit, node, NULL, "%s differs: the data is damaged", algo);
}

static enum shim_code check_hash(const struct fit *fit, uint32_t node, struct shim_span data,
                                 bool *strong)
{
    const char *algo;
    enum shim_code code = read_string(fit, node, "algo", &algo);

    if (code)
        return code;
    if (!algo)
        return bad(fit, node, NULL, "a hash without algo");
    if (strcmp(algo, "crc32") != 0 && strcmp(algo, "sha256") != 0)
        return bad(fit, node, NULL, "unknown hash algo '%s', use sha256 or crc32", algo);
    return check_value(fit, node, algo, data, strong);
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
        return bad(fit, image, NULL, "has no hash");
    if (!code && TRUST_IS_REQUIRED && !strong)
        return bad(fit, image, NULL,
                   "has no sha256, and crc32 alone does not protect it");
    return code;
}

/* ---- images -------------------------------------------------------------------------- */

static enum shim_code check_unpacked(const struct fit *fit, uint32_t image)
{
    const char *packing;
    enum shim_code code = read_string(fit, image, "compression", &packing);

    if (code || !packing || !strcmp(packing, "none"))
        return code;
    return bad(fit, image, NULL, "compression '%s': Xen needs it unpacked", packing);
}

static enum shim_code take_image(const struct fit *fit, const char *name,
                                 enum shim_module_kind kind, struct shim_facts *facts)
{
    uint32_t images = shim_child(&fit->tree, SHIM_ROOT, "images");
    uint32_t image = images == SHIM_NONE ? SHIM_NONE : shim_child(&fit->tree, images, name);
    struct shim_span data = { 0 };
    enum shim_code code;

    if (image == SHIM_NONE)
        return bad(fit, SHIM_ROOT, NULL, "no image '%s' in /images", name);
    code = check_unpacked(fit, image);
    if (!code)
        code = data_of(fit, image, &data);
    if (!code)
        code = check_hashes(fit, image, data);
    if (code)
        return code;
    facts->payload[facts->payload_count++] = (struct shim_payload_part){
        .kind = kind, .at = { (uintptr_t)data.at, data.len } };
    return SHIM_OK;
}

static enum shim_code default_configuration(const struct fit *fit, uint32_t *configuration)
{
    uint32_t all = shim_child(&fit->tree, SHIM_ROOT, "configurations");
    const char *name = NULL;
    enum shim_code code = all == SHIM_NONE ? SHIM_OK : read_string(fit, all, "default", &name);

    if (code)
        return code;
    *configuration = all == SHIM_NONE ? SHIM_NONE
                     : name           ? shim_child(&fit->tree, all, name)
                                      : shim_first_child(&fit->tree, all);
    return *configuration != SHIM_NONE ? SHIM_OK
                                       : bad(fit, SHIM_ROOT, NULL, "no default configuration");
}

static enum shim_code take_part(const struct fit *fit, uint32_t configuration,
                                const char *property, enum shim_module_kind kind,
                                struct shim_facts *facts)
{
    const char *name;
    enum shim_code code = read_string(fit, configuration, property, &name);

    if (code)
        return code;
    if (name)
        return take_image(fit, name, kind, facts);
    return kind == SHIM_MODULE_RAMDISK ? SHIM_OK
                                       : bad(fit, configuration, NULL, "has no %s", property);
}

static enum shim_code take_configuration(const struct fit *fit, uint32_t configuration,
                                         struct shim_facts *facts)
{
    enum shim_code code = take_part(fit, configuration, "firmware", SHIM_MODULE_XEN, facts);

    if (!code)
        code = take_part(fit, configuration, "kernel", SHIM_MODULE_KERNEL, facts);
    return code ? code : take_part(fit, configuration, "ramdisk", SHIM_MODULE_RAMDISK, facts);
}

static enum shim_code open_fit(struct fit *fit, const uint8_t *at, struct shim_arena *arena,
                               uint32_t *configuration)
{
    enum shim_code code = shim_tree_check(&fit->tree, at, fit->avail, arena, fit->error);

    return code ? code : default_configuration(fit, configuration);
}

enum shim_code fit_lines(const uint8_t *at, size_t avail, struct shim_arena *arena,
                         const char **xen, const char **dom0, struct shim_error *error)
{
    struct fit fit = { .avail = avail, .error = error };
    uint32_t configuration = SHIM_NONE;
    enum shim_code code = open_fit(&fit, at, arena, &configuration);

    if (!code)
        code = read_string(&fit, configuration, "xen,xen-bootargs", xen);
    return code ? code : read_string(&fit, configuration, "xen,dom0-bootargs", dom0);
}

enum shim_code fit_read(struct shim_facts *facts, const uint8_t *at, size_t avail,
                        struct shim_arena *arena, uint32_t *signers, struct shim_error *error)
{
    struct fit fit = { .avail = avail, .error = error };
    uint32_t configuration = SHIM_NONE;
    enum shim_code code = open_fit(&fit, at, arena, &configuration);

    if (!code)
        code = trust_configuration(&fit.tree, configuration, *arena, signers, error);
    return code ? code : take_configuration(&fit, configuration, facts);
}

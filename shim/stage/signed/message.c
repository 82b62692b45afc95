// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/stage/signed/message.h"

#include "shim/base/mem.h"
#include "shim/fdt/fdt.h"

/* A node that is covered as a whole has children that are covered by name. */
enum { NOT, BY_NAME, WHOLE };

static const char remedy_make[] =
    "make and sign the FIT again, as board/qemu_arm64/payload-signed.its shows";

static enum shim_code refuse(const struct shim_tree *fit, uint32_t node, const char *what,
                             struct shim_error *error)
{
    return shim_fail(error, SHIM_E_PAYLOAD, SHIM_PATH(fit, node), NULL, remedy_make,
                     "payload FIT: %s", what);
}

/* ---- names ---------------------------------------------------------------------- */

static bool has_twin(const struct shim_tree *fit, uint32_t node)
{
    const char *name = shim_node_name(fit, node);
    uint32_t other = shim_next_child(fit, node);

    while (other != SHIM_NONE && strcmp(shim_node_name(fit, other), name) != 0)
        other = shim_next_child(fit, other);
    return other != SHIM_NONE;
}

/* libfdt, and so the signer, finds "xen@1" when it is asked for "xen". */
static enum shim_code check_names(const struct shim_tree *fit, struct shim_error *error)
{
    if (fit->node_count > FIT_NODES_MAX)
        return refuse(fit, SHIM_ROOT, "has more nodes than a signed one may have, 128", error);
    for (uint32_t node = 1; node < fit->node_count; node++) {
        const char *name = shim_node_name(fit, node);

        if (memchr(name, '@', strlen(name)))
            return refuse(fit, node, "no name in a signed one may have '@'", error);
        if (has_twin(fit, node))
            return refuse(fit, node, "two nodes have this name", error);
    }
    return SHIM_OK;
}

/* ---- which nodes ---------------------------------------------------------------- */

static enum shim_code cover_image(struct cover *cover, const struct shim_tree *fit,
                                  uint32_t image, struct shim_error *error)
{
    bool hashed = false;

    if (shim_child(fit, image, "cipher") != SHIM_NONE)
        return refuse(fit, image, "is encrypted, and Xen needs it as it is", error);
    cover->how[image] = WHOLE;
    for (uint32_t node = shim_first_child(fit, image); node != SHIM_NONE;
         node = shim_next_child(fit, node))
        if (!strncmp(shim_node_name(fit, node), "hash", 4)) {
            cover->how[node] = WHOLE;
            hashed = true;
        }
    return hashed ? SHIM_OK : refuse(fit, image, "has no hash, so no signature covers it", error);
}

/* Whatever property names it: what U-Boot will know of tomorrow is covered today. */
static enum shim_code cover_images(struct cover *cover, const struct shim_tree *fit,
                                   struct shim_span names, struct shim_error *error)
{
    uint32_t images = shim_child(fit, SHIM_ROOT, "images");
    enum shim_code code = SHIM_OK;

    if (images == SHIM_NONE)
        return refuse(fit, SHIM_ROOT, "has no /images", error);
    for (const char *name = shim_list_next(names, NULL); !code && name;
         name = shim_list_next(names, name)) {
        uint32_t image = shim_child(fit, images, name);

        if (image != SHIM_NONE)
            code = cover_image(cover, fit, image, error);
    }
    return code;
}

static bool names_images(const char *property)
{
    return strcmp(property, "description") != 0 && strcmp(property, "compatible") != 0 &&
           strcmp(property, "default") != 0;
}

static void cover_children(struct cover *cover, const struct shim_tree *fit)
{
    for (uint32_t node = 1; node < fit->node_count; node++)
        if (cover->how[node] == NOT && cover->how[fit->nodes[node].parent] == WHOLE)
            cover->how[node] = BY_NAME;
}

enum shim_code signed_cover(struct cover *cover, const struct shim_tree *fit,
                            uint32_t configuration, struct shim_error *error)
{
    const struct shim_node *own = &fit->nodes[configuration];
    enum shim_code code = check_names(fit, error);

    if (code)
        return code;
    memset(cover, NOT, sizeof(*cover));
    cover->how[SHIM_ROOT] = WHOLE;
    cover->how[configuration] = WHOLE;
    for (uint32_t prop = own->first_prop; !code && prop < own->props_end; prop++)
        if (names_images(shim_prop_name(fit, prop)))
            code = cover_images(cover, fit, shim_prop_value(fit, prop), error);
    cover_children(cover, fit);
    return code;
}

/* ---- which bytes ----------------------------------------------------------------- */

/* A walk over the tokens, which shim_tree_check() has found sound. */
struct copy {
    const struct cover *cover;
    const struct shim_tree *fit;
    uint8_t *to;
    size_t len;    /* what is there already */
    size_t room;
    uint32_t at;   /* of the next token */
    uint32_t node; /* that is open, SHIM_NONE: none */
    uint32_t next_node;
    uint32_t next_prop;
};

static bool put(struct copy *copy, const void *bytes, size_t len)
{
    if (len > copy->room - copy->len)
        return false;
    memcpy(copy->to + copy->len, bytes, len);
    copy->len += len;
    return true;
}

static unsigned cover_of_open(const struct copy *copy)
{
    return copy->node == SHIM_NONE ? NOT : copy->cover->how[copy->node];
}

/* Where data is: whatever is there has to agree with its hash. */
static bool is_place(enum shim_name name)
{
    return name == SHIM_DATA || name == SHIM_DATA_SIZE || name == SHIM_DATA_OFFSET ||
           name == SHIM_DATA_POSITION;
}

static uint32_t begin_bytes(const struct copy *copy)
{
    const char *name = (const char *)copy->fit->structs + copy->at + FDT_TOKEN;

    return FDT_TOKEN + FDT_PAD((uint32_t)strlen(name) + 1);
}

static uint32_t prop_bytes(const struct copy *copy)
{
    return FDT_PROP_HEADER + FDT_PAD(shim_be32(copy->fit->structs + copy->at + FDT_TOKEN));
}

/* The bytes of the token at hand, and whether they are covered; it is behind it then. */
static uint32_t next_token(struct copy *copy, uint32_t token, bool *covered)
{
    uint32_t len = FDT_TOKEN;

    if (token == FDT_BEGIN_NODE) {
        len = begin_bytes(copy);
        copy->node = copy->next_node++;
        *covered = cover_of_open(copy) != NOT;
    } else if (token == FDT_PROP) {
        len = prop_bytes(copy);
        *covered = cover_of_open(copy) == WHOLE &&
                   !is_place(shim_prop_id(copy->fit, copy->next_prop));
        copy->next_prop++;
    } else if (token == FDT_END_NODE) {
        *covered = cover_of_open(copy) != NOT;
        copy->node = copy->fit->nodes[copy->node].parent;
    } else {
        *covered = token == FDT_END || cover_of_open(copy) == WHOLE;
    }
    return len;
}

static bool put_structs(struct copy *copy)
{
    while (copy->at < copy->fit->structs_len) {
        const uint8_t *from = copy->fit->structs + copy->at;
        bool covered;
        uint32_t len = next_token(copy, shim_be32(from), &covered);

        if (covered && !put(copy, from, len))
            return false;
        copy->at += len;
    }
    return true;
}

struct shim_span signed_message(const struct cover *cover, const struct shim_tree *fit,
                                uint32_t strings, const struct shim_arena *work)
{
    struct copy copy = { .cover = cover, .fit = fit, .to = work->next,
                         .room = shim_arena_left(work), .node = SHIM_NONE };

    if (!put_structs(&copy) || !put(&copy, fit->strings, strings))
        return (struct shim_span){ 0 };
    return (struct shim_span){ copy.to, copy.len };
}

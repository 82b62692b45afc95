// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The types of on-chip memory: their words, and what the policy's memory-types say. */
#include "shim/base/mem.h"
#include "shim/board/board.h"
#include "shim/fdt/paths.h"

static const char type_words[] = "device-ngnre\0device-gre\0normal-nc\0normal-wb\0";

const char *shim_memory_type_word(enum shim_memory_type type)
{
    return shim_word(type_words, type);
}

bool shim_memory_type_of(const char *word, enum shim_memory_type *type)
{
    for (unsigned i = 0; i < SHIM_MEMORY_TYPES; i++)
        if (!strcmp(shim_memory_type_word(i), word)) {
            *type = i;
            return true;
        }
    return false;
}

/* One entry of the policy's memory-types, "path=type". */
static enum shim_code read_type(const struct shim_paths *paths, const char *entry, uint32_t *node,
                                enum shim_memory_type *type, struct shim_error *error)
{
    const char *mark = memchr(entry, '=', strlen(entry));

    if (!mark || !shim_memory_type_of(mark + 1, type))
        return shim_fail(error, SHIM_E_POLICY, "policy", "memory-types",
                         "write path=type, with type device-ngnre, device-gre, normal-nc or "
                         "normal-wb", "'%s' is not path=type", entry);
    *node = shim_path_node(paths, entry, (size_t)(mark - entry));
    if (*node == SHIM_NONE)
        return shim_fail(error, SHIM_E_POLICY, "policy", "memory-types",
                         "give the full path of an SRAM or a part of one",
                         "'%s' names no node of this tree", entry);
    if (shim_has_known(paths->tree, *node, SHIM_INTERRUPT_CONTROLLER) && *type != SHIM_DEVICE_NGNRE)
        return shim_fail(error, SHIM_E_POLICY, SHIM_PATH(paths->tree, *node), "memory-types",
                         "remove it from memory-types",
                         "an interrupt controller is always device-ngnre");
    return SHIM_OK;
}

/* The first that a node is named in counts. The memory that a table of paths takes is given back. */
static enum shim_code read_types(const struct shim_board *board, uint8_t *told,
                                 struct shim_error *error)
{
    struct shim_span list = board->policy->list[SHIM_POLICY_MEMORY_TYPES];
    struct shim_arena rest = *board->arena;
    struct shim_paths paths = shim_paths(board->tree, list, &rest);
    enum shim_code code = SHIM_OK;
    enum shim_memory_type type = SHIM_DEVICE_NGNRE;
    uint32_t node = SHIM_NONE;

    for (const char *at = shim_list_next(list, NULL); !code && at; at = shim_list_next(list, at)) {
        code = read_type(&paths, at, &node, &type, error);
        if (!code && !told[node])
            told[node] = (uint8_t)(type + 1);
    }
    return code;
}

enum shim_code shim_read_told_types(const struct shim_board *board, const uint8_t **types,
                                    struct shim_error *error)
{
    uint8_t *told;

    *types = NULL;
    if (!board->policy->list[SHIM_POLICY_MEMORY_TYPES].len)
        return SHIM_OK;
    *types = told = shim_alloc(board->arena, board->tree->node_count, 1);
    if (!told)
        return shim_no_room(error, "for the map of on-chip memory");
    memset(told, 0, board->tree->node_count);
    return read_types(board, told, error);
}

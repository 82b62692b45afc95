// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What is known about an IOMMU apart from its node: a second stage, from the policy or
 * from its ID registers, and the users in its mmu-masters.
 */
#include "shim/base/mem.h"
#include "shim/board/iommu.h"
#include "shim/fdt/address.h"

struct shim_iommu *shim_iommu_at(const struct shim_board *board, uint32_t node)
{
    uint32_t low = 0, high = board->iommu_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (board->iommus[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < board->iommu_count && board->iommus[low].node == node ? &board->iommus[low] : NULL;
}

/* Of version 1 or 2. */
static bool is_older(const struct shim_tree *tree, uint32_t node)
{
    static const char older[] =
        "arm,smmu-v1\0arm,smmu-v2\0arm,mmu-400\0arm,mmu-401\0arm,mmu-500\0";

    for (const char *at = older; *at; at = shim_word(at, 1))
        if (shim_compatible(tree, node, at))
            return true;
    return false;
}

/* ---- streams -------------------------------------------------------------------- */

uint32_t shim_stream_mask(const struct shim_board *board, uint32_t iommu, struct shim_span entry,
                          uint32_t cells)
{
    uint32_t mask = 0;

    if (cells > 1)
        mask = shim_be32(entry.at + 8);
    else
        shim_cell(shim_prop_named(board->tree, iommu, "stream-match-mask"), &mask);
    return mask && is_older(board->tree, iommu) ? mask : 0;
}

/* ---- second stage --------------------------------------------------------------- */

/*
 * Where the ID registers say it. SMMU v1 and v2: IHI 0062, SMMU_IDR0.S2TS, bit 29
 * at 0x20. SMMU v3: IHI 0070, SMMU_IDR0.S2P, bit 0 at 0x0.
 */
static bool id_register(const struct shim_tree *tree, uint32_t node, uint64_t *offset,
                        uint32_t *bit)
{
    bool v3 = shim_compatible(tree, node, "arm,smmu-v3");

    *offset = v3 ? 0x0 : 0x20;
    *bit = v3 ? 1u << 0 : 1u << 29;
    return v3 || is_older(tree, node);
}

static bool registers_lack_stage2(const struct shim_board *board, uint32_t node)
{
    const struct shim_facts *facts = board->facts;
    uint64_t address, offset;
    uint32_t bit, value;

    return facts->read32 && id_register(board->tree, node, &offset, &bit) &&
           shim_device_address(board->tree, node, &address) &&
           facts->read32(facts->self, address + offset, &value) && !(value & bit);
}

bool shim_lacks_stage2(const struct shim_board *board, uint32_t iommu)
{
    return (board->no_stage2 && board->no_stage2[iommu]) || registers_lack_stage2(board, iommu);
}

/* ---- mmu-masters ------------------------------------------------------------------ */

/* Takes one <&device stream...>; false when the rest makes no entry. */
static bool take_master(struct shim_board *board, uint32_t iommu, struct shim_span *rest)
{
    uint32_t device = shim_node_of_phandle(board->tree, shim_be32(rest->at));
    struct shim_legacy_user *user;
    uint32_t cells;

    if (device == SHIM_NONE ||
        !shim_cell(shim_prop(board->tree, device, SHIM_STREAM_ID_CELLS), &cells) ||
        cells > rest->len / 4 - 1)
        return false;
    user = shim_alloc(board->arena, 1, sizeof(*user));
    if (!user)
        return false;
    *user = (struct shim_legacy_user){ board->legacy[device], iommu };
    board->legacy[device] = user;
    rest->at += 4 * ((size_t)cells + 1);
    rest->len -= 4 * ((size_t)cells + 1);
    return true;
}

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_no_room(error, "for the users that IOMMUs list");
}

static bool start_lists(struct shim_board *board)
{
    size_t count = board->tree->node_count;

    if (board->legacy)
        return true;
    board->legacy = shim_alloc(board->arena, count, sizeof(void *));
    for (size_t i = 0; board->legacy && i < count; i++)
        board->legacy[i] = NULL;
    return board->legacy;
}

static enum shim_code read_list(struct shim_board *board, uint32_t node, struct shim_span rest,
                                struct shim_error *error)
{
    if (rest.len >= 4 && !start_lists(board))
        return no_memory(error);
    while (rest.len >= 4) {
        if (take_master(board, node, &rest))
            continue;
        if (board->arena->full)
            return no_memory(error);
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(board->tree, node), "mmu-masters",
                         "write <&device stream ...>, as many streams as the device's "
                         "#stream-id-cells",
                         "0x%llx is not a device with its streams", SHIM_X(shim_be32(rest.at)));
    }
    return SHIM_OK;
}

enum shim_code shim_read_mmu_masters(struct shim_board *board, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = 0; !code && i < board->iommu_count; i++) {
        uint32_t node = board->iommus[i].node;

        code = read_list(board, node, shim_prop(board->tree, node, SHIM_MMU_MASTERS), error);
    }
    return code;
}

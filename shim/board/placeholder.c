// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/board/placeholder.h"

#include <stddef.h>

/* By the root's compatible; the sources are Linux's, each with a comment that says so. */
static const struct placeholder {
    char compatible[28];
    uint8_t mib;
} placeholders[] = {
    { "dh,imx8mp-dhcom-som", 128 },     /* imx8mp-dhcom-som.dtsi: 512 MiB to 8 GiB */
    { "phytec,imx6ul-pcl063", 128 },    /* imx6ul-phytec-phycore-som.dtsi: the least of all */
    { "phytec,imx6ull-pcl063", 128 },   /* the same */
    { "phytec,rk3288-phycore-som", 128 }, /* rk3288-phycore-som.dtsi: the least of all */
};

bool shim_ram_is_placeholder(const struct shim_board *board)
{
    uint64_t ram = shim_ranges_total(&board->ram);

    if (board->facts && board->facts->stage.size)
        return false;
    for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
        if (ram == (uint64_t)placeholders[i].mib << 20 &&
            shim_compatible(board->tree, SHIM_ROOT, placeholders[i].compatible))
            return true;
    return false;
}

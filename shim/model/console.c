// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/console.h"

#include "shim/base/mem.h"
#include "shim/model/bus.h"
#include "shim/model/match.h"
#include "shim/model/wire.h"

enum { LINE_MAX = 255, /* opt_dtuart[], without its NUL */ };

enum arch { ANY, ONLY_32, ONLY_64 };

/* DT_DEVICE_START(..., DEVICE_SERIAL) of xen/drivers/char, with the Kconfig of each driver. */
static const struct driver {
    char compatible[28];
    uint8_t arch;
    uint8_t since, until; /* 0: in all */
} drivers[] = {
    { "arm,pl011", ANY, 0, 0 },
    { "arm,sbsa-uart", ANY, 18, 0 },
    { "ns16550", ANY, 0, 0 },
    { "ns16550a", ANY, 0, 0 },
    { "snps,dw-apb-uart", ANY, 0, 0 },
    { "brcm,bcm2835-aux-uart", ANY, 0, 0 },
    { "amlogic,meson-uart", ONLY_64, 0, 0 },
    { "amlogic,meson6-uart", ONLY_64, 0, 0 },
    { "amlogic,meson8-uart", ONLY_64, 0, 0 },
    { "amlogic,meson8b-uart", ONLY_64, 0, 0 },
    { "amlogic,meson-gx-uart", ONLY_64, 0, 0 },
    { "cdns,uart-r1p8", ONLY_64, 0, 0 },
    { "cdns,uart-r1p12", ONLY_64, 0, 0 },
    { "fsl,imx8qm-lpuart", ONLY_64, 0, 18 },
    { "fsl,imx8qxp-lpuart", ONLY_64, 19, 0 },
    { "fsl,s32v234-linflexuart", ONLY_64, 20, 0 },
    { "nxp,s32g2-linflexuart", ONLY_64, 20, 0 },
    { "nxp,s32g3-linflexuart", ONLY_64, 20, 0 },
    { "marvell,armada-3700-uart", ONLY_64, 0, 0 },
    { "renesas,scif", ANY, 0, 0 },
    { "renesas,scifa", ANY, 0, 0 },
    { "renesas,hscif", ANY, 0, 0 },
    { "samsung,exynos4210-uart", ONLY_32, 0, 0 },
    { "ti,omap4-uart", ONLY_32, 0, 18 },
    { "ti,omap4-uart", ANY, 19, 0 },
    { "ti,am654-uart", ANY, 19, 0 },
};

static bool has_driver(const struct shim_sight *sight, const char *compatible)
{
    unsigned minor = sight->boot->release->minor;
    enum arch other = sight->boot->arch == SHIM_XEN_ARM64 ? ONLY_32 : ONLY_64;

    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (shim_same_word(drivers[i].compatible, compatible) && drivers[i].arch != other &&
            minor >= drivers[i].since && (!drivers[i].until || minor <= drivers[i].until))
            return true;
    return false;
}

/* What each driver asks for before it takes the UART: registers and an interrupt. */
static bool takes(const struct shim_sight *sight, uint32_t node)
{
    struct shim_span list = shim_prop(sight->tree, node, SHIM_COMPATIBLE);
    struct shim_range at;
    struct shim_wire wire;
    bool driver = false;

    for (const char *one = shim_list_next(list, NULL); one; one = shim_list_next(list, one))
        driver = driver || has_driver(sight, one);
    return driver && shim_available(sight->tree, node) &&
           !shim_passed_through(sight->tree, node) &&
           shim_xen_address(sight->tree, node, 0, &at) &&
           shim_xen_wire(sight->tree, node, 0, &wire);
}

/* An alias leads to a node by the whole of its path, and by nothing else. */
static uint32_t node_by_alias(const struct shim_tree *tree, struct shim_span name)
{
    uint32_t aliases = shim_xen_root_child(tree, "aliases");
    const char *path = NULL;

    if (aliases == SHIM_NONE)
        return SHIM_NONE;
    for (uint32_t prop = tree->nodes[aliases].first_prop; prop < tree->nodes[aliases].props_end;
         prop++) {
        const char *own = shim_prop_name(tree, prop);

        if (strlen(own) == name.len && !memcmp(own, name.at, name.len))
            path = shim_first_string(shim_prop_value(tree, prop));
    }
    return path ? shim_xen_node_at(tree, path, strlen(path)) : SHIM_NONE;
}

static struct shim_span configured(const struct shim_sight *sight)
{
    struct shim_span line = shim_sight_word(sight, "dtuart");
    uint32_t chosen = shim_xen_root_child(sight->tree, "chosen");
    const char *path;

    if (line.len || chosen == SHIM_NONE)
        return line;
    path = shim_first_string(shim_prop(sight->tree, chosen, SHIM_STDOUT_PATH));
    if (path)
        line = (struct shim_span){ .at = (const uint8_t *)path, .len = strlen(path) };
    return line;
}

/* console=; what it is without the word is this UART alone. */
static bool wanted(const struct shim_sight *sight)
{
    struct shim_span rest = shim_sight_word(sight, "console");

    if (!rest.at)
        return true;
    while (rest.len) {
        const uint8_t *comma = memchr(rest.at, ',', rest.len);
        size_t len = comma ? (size_t)(comma - rest.at) : rest.len;

        if (len >= 6 && !memcmp(rest.at, "dtuart", 6))
            return true;
        len += comma != NULL;
        rest.at += len;
        rest.len -= len;
    }
    return false;
}

uint32_t shim_xen_console(const struct shim_sight *sight)
{
    struct shim_span line = configured(sight);
    const uint8_t *colon;
    uint32_t node;

    if (!line.len || !wanted(sight))
        return SHIM_NONE;
    if (line.len > LINE_MAX)
        line.len = LINE_MAX;
    colon = memchr(line.at, ':', line.len);
    if (colon)
        line.len = (size_t)(colon - line.at);
    if (!line.len)
        return SHIM_NONE;
    node = *line.at == '/' ? shim_xen_node_at(sight->tree, (const char *)line.at, line.len)
                           : node_by_alias(sight->tree, line);
    return node != SHIM_NONE && takes(sight, node) ? node : SHIM_NONE;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/numbers.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"

/*
 * The units of dt-schema (property-units.yaml), and what else names of numbers are made of in the
 * trees of Linux 6.1, 6.12 and 7.2. Names that are known to hold phandles are asked for before.
 */
static const char words[] =
    "addr\0address\0aws\0bias\0bit\0bits\0blen\0brightness\0burst\0bws\0calibration\0cells\0cfg\0"
    "channel\0channels\0cnt\0code\0codes\0color\0columns\0config\0configs\0configuration\0count\0"
    "counts\0cs\0ctl\0cur\0curr\0current\0curve\0cycles\0datarate\0delay\0delays\0depth\0div\0"
    "divider\0dividers\0divs\0domain\0drv\0duration\0duty\0ee\0enable\0endpoints\0entries\0era\0"
    "events\0fifosize\0format\0freq\0frequency\0func\0gain\0height\0hw\0hz\0id\0ids\0index\0"
    "indices\0info\0intents\0interrupt\0interrupts\0interval\0irqs\0keycode\0keycodes\0keymap\0"
    "khz\0kohms\0lanes\0latency\0len\0length\0level\0levels\0limit\0linefill\0lines\0lmt\0ma\0"
    "map\0mapping\0mask\0masks\0max\0mb\0mhz\0microamp\0microvolt\0midle\0min\0mode\0modes\0ms\0"
    "msec\0mult\0multipoint\0names\0ngpio\0ngpios\0ns\0num\0number\0offset\0offsets\0ohm\0ohms\0"
    "order\0osr\0package\0pagesize\0pbl\0percent\0period\0pid\0pin\0pinmux\0pins\0polarity\0"
    "porch\0ports\0priority\0ps\0pud\0queues\0range\0ranges\0rate\0rates\0reg\0regs\0requests\0"
    "rev\0route\0rows\0rx\0rxpbl\0samples\0sel\0selector\0sessions\0sets\0settings\0settling\0"
    "shift\0sidle\0sigs\0size\0sizes\0slaves\0slot\0slots\0speed\0spis\0state\0states\0step\0"
    "strength\0swing\0sysc\0syss\0table\0tap\0taps\0threshold\0thresholds\0time\0timeout\0"
    "timing\0timings\0trim\0tuning\0tx\0txpbl\0type\0types\0us\0val\0value\0values\0version\0"
    "vmid\0vmids\0voltage\0weight\0width\0wins\0";

static bool is_one(const char *word, size_t len)
{
    for (const char *known = words; *known; known += strlen(known) + 1)
        if (!strncmp(known, word, len) && !known[len])
            return true;
    return false;
}

bool shim_counts(const char *name)
{
    if (*name == '#')
        return true;
    while (*name) {
        size_t len = 0;

        while (name[len] && name[len] != '-' && name[len] != ',' && name[len] != '_')
            len++;
        if (len && is_one(name, len))
            return true;
        name += len + (name[len] != '\0');
    }
    return false;
}

bool shim_is_cells(struct shim_span value)
{
    bool text = value.len && value.at[0] && !value.at[value.len - 1];

    for (size_t i = 0; text && i < value.len; i++)
        text = value.at[i] ? value.at[i] >= ' ' && value.at[i] <= '~' : value.at[i - 1] != 0;
    return value.len && value.len % 4 == 0 && !text;
}

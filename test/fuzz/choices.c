// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "choices.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

/* Where each choice stands. */
enum { AT_FACTS = 3, AT_FIELDS = FUZZ_FIELDS, AT_NODE = 24, AT_PAYLOAD = 26, AT_RAM = 34, AT_IPA = 35,
       AT_KERNEL = 36, AT_ROOM = 37, AT_STAGE = 38, AT_REGISTERS = 39 };

/* Choice 0 is not to give the field; a '%' stands for the path of a node. */
static const char *const words[SHIM_POLICY_FIELDS] = {
    [SHIM_POLICY_CONTRACT] = "xen\0native\0none\0native\0xen\0",
    [SHIM_POLICY_LAYOUT] = "auto\0direct\0offset\0offset\0",
    [SHIM_POLICY_DOM0_MEM] = "512M\0" "4K\0" "256M\0" "1G\0" "260M\0" "128M\0" "3G\0" "0x10001000\0"
                             "64T\0" "0xfffffffffffff000\0",
    [SHIM_POLICY_DOM0_BASE] = "0x80000000\0" "0x40000000\0" "0\0" "0xc0000000\0" "0x100000000\0"
                              "0x90000000\0" "0xfffffffffffff000\0",
    [SHIM_POLICY_MACHINE_BASE] = "0x80000000\0" "0xa0000000\0" "0x80800000\0" "0x40000000\0"
                                 "0x60000000\0" "0xc0000000\0" "0\0" "0xfffffffffffff000\0",
    [SHIM_POLICY_IPA_BITS] = "40\0" "36\0" "32\0" "48\0" "52\0",
    [SHIM_POLICY_OFFSET_IN] = "property\0dma-ranges\0both\0both\0",
    [SHIM_POLICY_HYPERVISOR] = "xen,xen\0test,hypervisor other,name\0",
    [SHIM_POLICY_IOMMU_DRIVERS] = "arm,mmu-500 arm,smmu-v3\0rockchip,iommu arm,mmu-500\0none\0"
                                  "test,mmu\0",
    [SHIM_POLICY_ON_ERROR] = "halt\0pass-through\0",
    [SHIM_POLICY_RAM] = "0x80000000:2G\0" "0x40000000:1G 0x100000000:2G\0" "0:1G\0" "0:4K\0"
                        "0x80000000:0xffffffff80000000\0",
    [SHIM_POLICY_KERNEL_BITS] = "32\0" "64\0",
    [SHIM_POLICY_IOMMU_NO_STAGE2] = "%\0%\0smmu\0",
    [SHIM_POLICY_MEMORY_TYPES] = "%=device-ngnre\0%=normal-nc\0%=normal-wb\0%=device-gre\0%=\0",
    [SHIM_POLICY_REGIONS] = "auto\0none\0",
    [SHIM_POLICY_MACHINE_BLOCKS] = "0x80000000:256M 0xa0000000:256M\0" "0x80000000:512M\0"
                                   "0x40000000:128M 0x48000000:128M 0x60000000:256M\0" "0:0\0",
    [SHIM_POLICY_PASSTHROUGH] = "%\0% test,dev\0all-dma\0test,*\0/dev@2000 /dev@9000\0*\0%\0",
    [SHIM_POLICY_DOMAIN_NAME] = "domU1\0a/b\0" "chosen\0",
    [SHIM_POLICY_XEN_FEATURES] = "static-mem\0large-tree\0static-mem large-tree\0static-mem\0",
    [SHIM_POLICY_XEN_VERSION] = "4.17\0" "4.20\0" "4.18\0" "4.22\0" "4.16\0" "5.0\0",
};

/* "/" when libfdt cannot say. */
void fuzz_choose_path(char path[FUZZ_PATH], uint16_t number, const void *tree, size_t len)
{
    int node = 0;

    strcpy(path, "/");
    if (!fuzz_libfdt_takes(tree, len))
        return;
    for (int next = 0; number && next >= 0; number--) {
        next = fdt_next_node(tree, node, NULL);
        node = next >= 0 ? next : node;
    }
    if (fdt_get_path(tree, node, path, FUZZ_PATH))
        strcpy(path, "/");
}

bool fuzz_choose_word(unsigned field, uint8_t choice, const char *path, char text[FUZZ_WORD])
{
    unsigned count = 0;
    const char *word, *mark;

    while (*shim_word(words[field], count))
        count++;
    if (!(choice % (count + 1)))
        return false;
    word = shim_word(words[field], choice % (count + 1) - 1);
    mark = strchr(word, '%');
    if (mark)
        snprintf(text, FUZZ_WORD, "%.*s%s%s", (int)(mark - word), word, path, mark + 1);
    else
        snprintf(text, FUZZ_WORD, "%s", word);
    return true;
}

static bool choose_policy(struct fuzz_choices *chosen, const uint8_t *choices)
{
    struct shim_arena arena = shim_arena(chosen->lists, sizeof(chosen->lists));
    struct shim_error error = { .code = SHIM_OK };
    char text[FUZZ_WORD];

    chosen->policy = shim_policy_default();
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++) {
        if (!fuzz_choose_word(field, choices[AT_FIELDS + field], chosen->path, text))
            continue;
        if (shim_policy_set(&chosen->policy, field, text, &arena, &error)) {
            fuzz_require_words(&error);
            return false;
        }
    }
    return true;
}

/* ---- facts ----------------------------------------------------------------------------- */

static bool read_register(void *self, uint64_t address, uint32_t *value)
{
    const struct fuzz_choices *chosen = self;

    (void)address;
    *value = chosen->registers == FUZZ_ALL_ONES ? UINT32_MAX : 0;
    return chosen->registers != FUZZ_NOT_READABLE;
}

static uint64_t address_of(uint8_t choice)
{
    static const uint64_t addresses[] = {
        0x80000000, 0x90000000, 0x92000000, 0x80200000, 0x48000000, 0x40000000, 0x52000000,
        0xbff00000, 0xfffffffffffff000, 0x100000000, 0, 0x90000800,
    };

    return addresses[choice % (sizeof(addresses) / sizeof(addresses[0]))];
}

static uint64_t size_of(uint8_t choice)
{
    static const uint64_t sizes[] = { 0x100000, 0x2000000, 1, 0x1000, 0, 0x123456, 0x10000000 };

    return sizes[choice % (sizeof(sizes) / sizeof(sizes[0]))];
}

/* No caller gives bytes that wrap around the end of the address space. */
static struct shim_range range_of(uint8_t base, uint8_t size)
{
    struct shim_range range = { address_of(base), size_of(size) };

    if (shim_range_wraps(range))
        range.size = 0x1000 - 1;
    return range;
}

static void choose_payload(struct shim_facts *facts, const uint8_t *choices)
{
    static const enum shim_module_kind kinds[] = { SHIM_MODULE_XEN, SHIM_MODULE_KERNEL,
                                                   SHIM_MODULE_RAMDISK };

    for (unsigned i = 0; i < 3; i++)
        if (choices[AT_FACTS] >> i & 1)
            facts->payload[facts->payload_count++] = (struct shim_payload_part){
                kinds[i], range_of(choices[AT_PAYLOAD + 2 * i], choices[AT_PAYLOAD + 2 * i + 1]),
                choices[AT_PAYLOAD + 2 * i] >> 7 };
    facts->payload_source = "it was chosen";
}

static void choose_facts(struct fuzz_choices *chosen, const uint8_t *choices)
{
    static const uint32_t ipa_bits[] = { 0, 32, 36, 40, 48 }, kernel_bits[] = { 0, 64, 32 };
    struct shim_facts *facts = &chosen->facts;

    choose_payload(facts, choices);
    facts->unloaded = choices[AT_FACTS] >> 7;
    facts->hypervisor_room = size_of(choices[AT_ROOM]) & ~0xfffull;
    facts->kernel_room = facts->hypervisor_room * (choices[AT_ROOM] >> 7);
    facts->kernel_offset = choices[AT_ROOM] & 0x40 ? 0x80000 : 0;
    facts->ipa_bits = ipa_bits[choices[AT_IPA] % 5];
    facts->kernel_bits = kernel_bits[choices[AT_KERNEL] % 3];
    if (choices[AT_STAGE])
        facts->stage = range_of(choices[AT_STAGE], choices[AT_STAGE] >> 4);
    if (choices[AT_STAGE] & 8)
        facts->tree = range_of(choices[AT_STAGE] >> 3, 0);
    chosen->ram = range_of(choices[AT_RAM], choices[AT_RAM] >> 4);
    facts->ram = &chosen->ram;
    facts->ram_count = choices[AT_RAM] && chosen->ram.size;
    chosen->registers = choices[AT_REGISTERS] % 4;
    facts->read32 = chosen->registers == FUZZ_NO_HARDWARE ? NULL : read_register;
    facts->self = chosen;
}

bool fuzz_choose(struct fuzz_choices *chosen, const uint8_t *choices, const void *tree,
                 size_t len)
{
    memset(chosen, 0, sizeof(*chosen));
    fuzz_choose_path(chosen->path, (uint16_t)(choices[AT_NODE] | choices[AT_NODE + 1] << 8), tree,
                     len);
    choose_facts(chosen, choices);
    return choose_policy(chosen, choices);
}

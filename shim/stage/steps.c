// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/mem.h"
#include "stage.h"

enum { INPUT_MAX = 16 << 20 };

uint64_t stage_claimed_size(const uint8_t *blob)
{
    if (!blob || (uintptr_t)blob % 8 || shim_be32(blob) != (uint32_t)SHIM_FDT_MAGIC_WORD)
        return 0;
    return shim_be32(blob + 4) < INPUT_MAX ? shim_be32(blob + 4) : INPUT_MAX;
}

void stage_require_level(struct stage *stage)
{
    if (stage->level == HYPERVISOR_LEVEL)
        return;
    shim_fail(&stage->error, SHIM_E_UNSUPPORTED, "", NULL,
              arch.remedy[REMEDY_LEVEL], "started at EL%u, and a hypervisor needs %s",
              (unsigned)stage->level, arch.hypervisor_level);
    stage_fail(stage);
}

void stage_require_contract(struct stage *stage)
{
    if (stage->job.contract->write)
        return;
    shim_fail(&stage->error, SHIM_E_UNSUPPORTED, "/chosen/dtshim", "contract",
              "use contract xen or native, or boot without the stage",
              "with contract none there is no hypervisor to start");
    stage_fail(stage);
}

void stage_gather_facts(struct stage *stage)
{
    struct shim_facts *facts = &stage->job.facts;

    facts->ipa_bits = cpu_address_bits();
    facts->reach = arch_address_end();
    facts->stage = stage->own;
    facts->tree = stage->tree;
    stage_look_at_payload(stage);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the guest may do by itself, and what happens when it asks for more. */
#include "witness.h"

enum {
    GUEST_64_SYNC = 8, /* the vector of a synchronous exception from a 64-bit guest */

    /* ESR_EL2.EC of the Arm ARM. */
    EC_SHIFT = 26,
    EC_MASK = 0x3f,
    EC_SMC = 0x17,
    EC_INSTRUCTION_ABORT = 0x20,
    EC_DATA_ABORT = 0x24,
    ISS_WRITE = 1 << 6, /* WnR of a data abort */
    INSTRUCTION = 4,    /* bytes; ELR_EL2 of a trapped SMC is the SMC itself */

    /* PSCI, DEN 0022: function numbers without the bit that says SMC64. */
    PSCI_FIRST = 0x04000000,
    PSCI_LAST = 0x0400001f,
    PSCI_CPU_SUSPEND = 0x04000001,
    PSCI_CPU_ON = 0x04000003,
    PSCI_CPU_DEFAULT_SUSPEND = 0x0400000c,
    PSCI_SYSTEM_SUSPEND = 0x0400000e,
    SMCCC_ARCHITECTURE_LAST = 0x0000ffff,
    SMCCC_NUMBER = 0x3fffffff,
};
#define PSCI_SYSTEM_OFF 0x84000008u
#define NOT_SUPPORTED ((uint64_t)-1)

/* HCR_EL2 of the Arm ARM; IMO and FMO stay zero: interrupts go to the guest. */
#define HCR_VM   ((uint64_t)1 << 0)  /* stage 2 */
#define HCR_SWIO ((uint64_t)1 << 1)  /* a set/way invalidation also cleans */
#define HCR_TSC  ((uint64_t)1 << 19) /* SMC traps */
#define HCR_RW   ((uint64_t)1 << 31) /* the guest is 64-bit */

#define SCTLR_EL1_OFF 0x30d00800 /* the bits that are RES1: no MMU, no caches */
#define SPSR_EL1H_MASKED 0x3c5   /* EL1, its own stack, DAIF set */
#define CPTR_NO_TRAPS 0x33ff     /* RES1; SVE traps, floating point does not */
#define CNTHCTL_FREE 3           /* EL1PCTEN, EL1PCEN: the guest has counter and timer */
#define ICC_SRE_ENABLE 9         /* SRE, and Enable: the guest may use the registers, too */
#define HPFAR_PAGE 0x0fffffffffull /* HPFAR_EL2[39:4] is IPA[47:12] */

struct registers {
    uint64_t x[31];
};

/* From enter.S: SMC with x[0] to x[3] as arguments and results. */
void firmware_call(uint64_t *x);

void guest_trapped(struct registers *guest, uint64_t entry);

/* The only global: an exception has no other way to a console. */
static const struct shim_sink *sink;

void guest_report_to(const struct shim_sink *to)
{
    sink = to;
}

/* ---- what is the guest's ------------------------------------------------------------ */

/* The CPU interface of a GICv3 is registers (Arm IHI 0069). */
static void give_interrupts(void)
{
    if (!(READ_REGISTER(id_aa64pfr0_el1) >> 24 & 0xf))
        return;
    WRITE_REGISTER(s3_4_c12_c9_5, ICC_SRE_ENABLE); /* ICC_SRE_EL2 */
    __asm__ volatile("isb");
    WRITE_REGISTER(s3_4_c12_c11_0, 0);             /* ICH_HCR_EL2: no virtual interrupts */
}

/* MDCR_EL2.HPMN: all event counters are the guest's, where there are any. */
static uint64_t all_counters(void)
{
    uint64_t version = READ_REGISTER(id_aa64dfr0_el1) >> 8 & 0xf;

    return version && version != 0xf ? READ_REGISTER(pmcr_el0) >> 11 & 0x1f : 0;
}

void guest_prepare(void)
{
    WRITE_REGISTER(hcr_el2, HCR_RW | HCR_TSC | HCR_SWIO | HCR_VM);
    give_interrupts();
    WRITE_REGISTER(cnthctl_el2, CNTHCTL_FREE);
    WRITE_REGISTER(cntvoff_el2, 0);
    WRITE_REGISTER(cptr_el2, CPTR_NO_TRAPS);
    WRITE_REGISTER(hstr_el2, 0);
    WRITE_REGISTER(mdcr_el2, all_counters());
    WRITE_REGISTER(vpidr_el2, READ_REGISTER(midr_el1));
    WRITE_REGISTER(vmpidr_el2, READ_REGISTER(mpidr_el1));
    WRITE_REGISTER(sctlr_el1, SCTLR_EL1_OFF);
    WRITE_REGISTER(spsr_el2, SPSR_EL1H_MASKED);
    __asm__ volatile("isb");
}

/* ---- firmware ------------------------------------------------------------------------ */

_Noreturn void machine_off(void)
{
    uint64_t call[4] = { PSCI_SYSTEM_OFF };

    firmware_call(call);
    while (true)
        __asm__ volatile("wfi");
}

/* The function takes an entry point: firmware would jump there at EL2, and it is a guest address. */
static bool takes_entry(uint32_t number)
{
    return number == PSCI_CPU_ON || number == PSCI_CPU_SUSPEND ||
           number == PSCI_CPU_DEFAULT_SUSPEND || number == PSCI_SYSTEM_SUSPEND;
}

/* None of the others takes an address. */
static bool is_forwarded(uint32_t number)
{
    return number <= SMCCC_ARCHITECTURE_LAST || (number >= PSCI_FIRST && number <= PSCI_LAST);
}

static void forward(struct registers *guest)
{
    uint32_t number = (uint32_t)guest->x[0] & SMCCC_NUMBER;

    if (takes_entry(number)) {
        shim_print(sink, "witness: PSCI function 0x%llx refused: it takes an address, and the "
                   "guest has one CPU\n", SHIM_X((uint32_t)guest->x[0]));
        guest->x[0] = NOT_SUPPORTED;
    } else if (is_forwarded(number)) {
        firmware_call(guest->x);
    } else {
        guest->x[0] = NOT_SUPPORTED;
    }
}

/* ---- traps ---------------------------------------------------------------------------- */

/* HPFAR_EL2 has the page, FAR_EL2 the rest. */
static uint64_t faulting_address(void)
{
    uint64_t page = READ_REGISTER(hpfar_el2) >> 4 & HPFAR_PAGE;

    return page << 12 | (READ_REGISTER(far_el2) & 0xfff);
}

static _Noreturn void report_stray(uint64_t syndrome, const char *how)
{
    shim_print(sink, "\nwitness: stray access: %s at guest address 0x%llx, PC 0x%llx, syndrome "
               "0x%llx\nwitness: off\n", how, SHIM_X(faulting_address()),
               SHIM_X(READ_REGISTER(elr_el2)), SHIM_X(syndrome));
    machine_off();
}

static _Noreturn void report_other(uint64_t entry, uint64_t syndrome)
{
    shim_print(sink, "\nwitness: unexpected exception: vector %llu, syndrome 0x%llx, PC 0x%llx\n"
               "witness: off\n", SHIM_X(entry), SHIM_X(syndrome),
               SHIM_X(READ_REGISTER(elr_el2)));
    machine_off();
}

/* From enter.S. */
void guest_trapped(struct registers *guest, uint64_t entry)
{
    uint64_t syndrome = READ_REGISTER(esr_el2);
    unsigned class = syndrome >> EC_SHIFT & EC_MASK;

    if (entry != GUEST_64_SYNC)
        report_other(entry, syndrome);
    if (class == EC_DATA_ABORT)
        report_stray(syndrome, syndrome & ISS_WRITE ? "write" : "read");
    if (class == EC_INSTRUCTION_ABORT)
        report_stray(syndrome, "fetch");
    if (class != EC_SMC)
        report_other(entry, syndrome);
    forward(guest);
    WRITE_REGISTER(elr_el2, READ_REGISTER(elr_el2) + INSTRUCTION);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "trees.h"

#include "shim/base/mem.h"
#include "trouble.h"
#include "uboot.h"

enum { MAGIC_LEN = 4, HEADER_LEN = 40, TREE_ALIGNMENT = 8 };

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

struct shim_arena memory_for(size_t len)
{
    size_t size = shim_memory_for(len);
    void *memory = uboot_memory(size);

    return shim_arena(memory, memory ? size : 0);
}

bool is_tree(const struct blob *blob)
{
    static const uint8_t magic[MAGIC_LEN] = { 0xd0, 0x0d, 0xfe, 0xed };

    return blob->len >= HEADER_LEN && !memcmp(blob->bytes, magic, MAGIC_LEN);
}

/* How long is it? What is no tree keeps its first bytes, for the library to tell so. */
static bool measure(struct blob *blob, size_t room)
{
    const uint8_t *bytes = blob->bytes;

    blob->len = room < HEADER_LEN ? room : HEADER_LEN;
    if (!is_tree(blob))
        return true;
    blob->len = word_at(bytes + MAGIC_LEN);
    if (blob->len <= room)
        return true;
    refuse_about(blob->name, "truncated", "the tree does not fit into the memory from there on",
                 "load it at a lower address");
    return false;
}

bool tree_read(const char *typed, struct blob *blob)
{
    unsigned long address;
    size_t room;

    *blob = (struct blob){ .name = typed };
    if (!uboot_number(typed, &address)) {
        refuse_about(typed, "address", "is not an address",
                     "give it in hexadecimal, as for fdt addr");
        return false;
    }
    if (address % TREE_ALIGNMENT) {
        refuse_about(typed, "alignment", "a tree has to be at a multiple of 8",
                     "load it to such an address");
        return false;
    }
    blob->bytes = (void *)uboot_map(address, &room);
    if (!blob->bytes) {
        refuse_about(typed, "address", "there is no RAM at this address",
                     "load or copy the tree into RAM; bdinfo shows where RAM is");
        return false;
    }
    return measure(blob, room);
}

/* Where U-Boot keeps its trees, the one that the user set first. */
const char *default_tree(void)
{
    static const char variables[] = "fdtaddr\0fdt_addr\0fdtcontroladdr\0";
    const char *address = NULL;

    for (unsigned i = 0; !address && *shim_word(variables, i); i++)
        address = uboot_env(shim_word(variables, i));
    if (!address)
        refuse_about("no tree", "address", "no address, and none of fdtaddr, fdt_addr and "
                     "fdtcontroladdr is set", "load a tree and give its address");
    return address;
}

int write_output(const char *name, struct shim_job *job, struct output *output)
{
    struct shim_error error;
    size_t domain = job->plan.given->tree_size;

    *output = (struct output){ .tree = uboot_heap(job->size),
                               .domain = domain ? uboot_heap(domain) : NULL };
    if (!output->tree || (domain && !output->domain))
        return out_of_memory(name);
    if ((job->unchanged && shim_job_promise(job, &error)) ||
        shim_job_apply(job, output->tree, job->size, &output->len, &error) ||
        (domain && shim_job_apply_domain(job, output->domain, domain, &output->domain_len,
                                         &error)))
        return refuse(name, &error);
    return EXIT_SAME;
}

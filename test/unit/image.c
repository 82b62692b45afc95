// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a file's header says, its release, and that of the hypervisor in it. usage: image FILE [BITS] */
#include <stdio.h>
#include <stdlib.h>

#include "shim/xen/image.h"

int main(int argc, char **argv)
{
    static unsigned char bytes[66 << 20];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    struct shim_facts facts = { 0 };
    struct shim_error error;
    enum shim_code code;
    unsigned release;
    size_t len;

    if (!file)
        return 2;
    len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    shim_look_at_kernel(&facts, bytes, len);
    code = shim_look_at_hypervisor(&facts, bytes, len, argc > 2 ? (unsigned)atoi(argv[2]) : 64, 0x1000, "Xen", &error);
    printf("%u 0x%llx 0x%llx %s 0x%llx\n", facts.kernel_bits, (unsigned long long)facts.kernel_room,
           (unsigned long long)facts.kernel_offset, shim_code_name(code),
           (unsigned long long)facts.hypervisor_room);
    release = facts.xen_release;
    shim_look_for_release(&facts, bytes, len);
    printf("%u '%s'%s\n", facts.xen_release, facts.xen_extra, shim_is_fork(&facts) ? " fork" : "");
    printf("%u\n%s\n", release, code ? error.what : "");
    return 0;
}

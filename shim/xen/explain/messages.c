// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/explain/messages.h"

const struct shim_messages *shim_messages_at(unsigned table)
{
    switch (table) {
    case 0: return &shim_loader_messages;
    case 1: return &shim_early_messages;
    case 2: return &shim_dom0_messages;
    case 3: return &shim_device_messages;
    case 4: return &shim_linux_messages;
    default: return NULL;
    }
}

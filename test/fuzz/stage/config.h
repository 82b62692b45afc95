/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The configuration that the fuzzed stage has, whatever the user's is. Where its UART is no tree
 * here can have RAM: until one is read nobody could know that there is none.
 */
#define CONFIG_STAGE_MEMORY_KIB 4096
#define CONFIG_STAGE_FALLBACK_UART "arm,pl011"
#define CONFIG_STAGE_FALLBACK_BASE 0xffff00000000
#define CONFIG_STAGE_FALLBACK_SHIFT -1
#define CONFIG_STAGE_FALLBACK_WIDTH -1

/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The two checksums that mkimage writes and the stage verifies. */
#ifndef DTSHIM_STAGE_HASH_H
#define DTSHIM_STAGE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32 };

/* CRC-32 of IEEE 802.3, as in zlib. */
uint32_t hash_crc32(const uint8_t *bytes, size_t len);

/* FIPS 180-4. */
void hash_sha256(const uint8_t *bytes, size_t len, uint8_t digest[SHA256_SIZE]);

#endif

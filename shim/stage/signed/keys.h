/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The public keys that are built in: scripts/stage_keys.py makes the table. */
#ifndef DTSHIM_STAGE_SIGNED_KEYS_H
#define DTSHIM_STAGE_SIGNED_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRUST_KEYS_MAX = 16, TRUST_EXPONENT = 8 };

struct trust_key {
    const char *name;              /* without "key-" */
    const char *algo;              /* as a signature has to have it: "sha256,rsa2048" */
    const uint8_t *public;         /* RSA: the modulus; ECDSA on P-256: x and y */
    uint32_t len;                  /* bytes of that, and of a signature */
    bool rsa;
    uint8_t exponent[TRUST_EXPONENT]; /* of RSA, most significant byte first */
};

struct trust_keys {
    const struct trust_key *key;
    uint32_t count;
    bool any;                      /* one signature is enough; else each key's is needed */
};

extern const struct trust_keys trust_keys;

#endif

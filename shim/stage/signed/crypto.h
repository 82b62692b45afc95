/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The cryptography, which is Mbed TLS's. */
#ifndef DTSHIM_STAGE_SIGNED_CRYPTO_H
#define DTSHIM_STAGE_SIGNED_CRYPTO_H

#include "shim/base/span.h"
#include "shim/stage/signed/keys.h"
#include <dtshim/arena.h>

enum crypto_answer { CRYPTO_GOOD, CRYPTO_BAD, CRYPTO_NO_MEMORY };

/*
 * Is `signature`, of key->len bytes, that key's over a SHA-256 digest? RSA: PKCS #1 v1.5;
 * ECDSA: r and s behind one another. What is free of `heap` is written to.
 */
enum crypto_answer crypto_verify(const struct trust_key *key, const uint8_t *digest,
                                 const uint8_t *signature, struct shim_arena heap);

#endif

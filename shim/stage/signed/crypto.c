// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/stage/signed/crypto.h"

#include "shim/base/mem.h"
#include "shim/stage/hash.h"
#include "shim/stage/signed/heap.h"

#include <mbedtls/rsa.h>
#include <p256-m.h>

/* ---- the library's heap ------------------------------------------------------------ */

/* The library asks for memory by name alone. It lives for one verification. */
static struct shim_arena *library_heap;

void *crypto_calloc(size_t count, size_t size)
{
    void *at = shim_alloc(library_heap, count, size);

    return at ? memset(at, 0, count * size) : NULL;
}

/* All of it goes at once. */
void crypto_free(void *at)
{
    (void)at;
}

/* Nothing here is secret. */
void mbedtls_platform_zeroize(void *at, size_t len)
{
    memset(at, 0, len);
}

/* p256-m makes keys, too; here it never does. */
int psa_generate_random(uint8_t *at, size_t len);

int psa_generate_random(uint8_t *at, size_t len)
{
    (void)at, (void)len;
    return -1;
}

/* ---- the two algorithms ------------------------------------------------------------ */

static bool rsa_agrees(const struct trust_key *key, const uint8_t *digest,
                       const uint8_t *signature)
{
    mbedtls_rsa_context rsa;

    mbedtls_rsa_init(&rsa);
    return mbedtls_rsa_import_raw(&rsa, key->public, key->len, NULL, 0, NULL, 0, NULL, 0,
                                  key->exponent, sizeof(key->exponent)) == 0 &&
           mbedtls_rsa_check_pubkey(&rsa) == 0 && mbedtls_rsa_get_len(&rsa) == key->len &&
           mbedtls_rsa_pkcs1_verify(&rsa, MBEDTLS_MD_SHA256, SHA256_SIZE, digest, signature) == 0;
}

enum crypto_answer crypto_verify(const struct trust_key *key, const uint8_t *digest,
                                 const uint8_t *signature, struct shim_arena heap)
{
    bool good;

    library_heap = &heap;
    if (key->rsa)
        good = rsa_agrees(key, digest, signature);
    else
        good = p256_ecdsa_verify(signature, key->public, digest, SHA256_SIZE) == P256_SUCCESS;
    library_heap = NULL;
    if (good)
        return CRYPTO_GOOD;
    return heap.full ? CRYPTO_NO_MEMORY : CRYPTO_BAD;
}

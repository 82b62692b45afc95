/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Mbed TLS's configuration (MBEDTLS_CONFIG_FILE): RSA signatures of PKCS #1 v1.5, and p256-m,
 * its small ECDSA on P-256. Only public keys: no random numbers, no defences of secrets.
 */
#ifndef DTSHIM_STAGE_SIGNED_MBEDTLS_CONFIG_H
#define DTSHIM_STAGE_SIGNED_MBEDTLS_CONFIG_H

#include "shim/stage/signed/heap.h"

#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO crypto_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO   crypto_free
#define MBEDTLS_PLATFORM_ZEROIZE_ALT
#define MBEDTLS_NO_UDBL_DIVISION /* it would be libgcc's */
#define MBEDTLS_HAVE_ASM

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_MPI_WINDOW_SIZE 1 /* of little use with an exponent of 17 bits */
#define MBEDTLS_MD_C
#define MBEDTLS_OID_C
#define MBEDTLS_SHA256_C /* for its name and size; the sums are hash.c's */
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED

#endif

// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Who has signed a configuration, and whether that is enough. */
#include "shim/base/mem.h"
#include "shim/stage/hash.h"
#include "shim/stage/signed/crypto.h"
#include "shim/stage/signed/message.h"
#include "shim/stage/trust.h"

/* What one signature node is to one key. The last of them is what is reported. */
enum finding { GOOD, NO_SIGNATURE, OTHER_ALGO, OTHER_PADDING, OTHER_LENGTH, NO_STRINGS, NO_MEMORY, BAD };

struct judge {
    const struct shim_tree *fit;
    struct cover cover;
    uint32_t configuration;
    uint32_t node; /* the signature that was looked at last */
    struct shim_arena work;
};

/* ---- one signature -------------------------------------------------------------- */

/* How much of the strings block it covers: what mkimage adds later does not count. */
static bool signed_strings(const struct judge *judge, uint32_t *len)
{
    struct shim_span value = shim_prop_named(judge->fit, judge->node, "hashed-strings");

    if (value.len != 8 || shim_be32(value.at) != 0)
        return false;
    *len = shim_be32(value.at + 4);
    return *len <= judge->fit->strings_len;
}

static bool has_usual_padding(const struct judge *judge)
{
    struct shim_span padding = shim_prop_named(judge->fit, judge->node, "padding");
    const char *word = shim_string(padding);

    return !padding.at || (word && !strcmp(word, "pkcs-1.5"));
}

static enum finding verify(const struct judge *judge, const struct trust_key *key,
                           const uint8_t *signature, uint32_t strings)
{
    struct shim_span message = signed_message(&judge->cover, judge->fit, strings, &judge->work);
    uint8_t digest[SHA256_SIZE];
    enum crypto_answer answer;

    if (!message.at)
        return NO_MEMORY;
    hash_sha256(message.at, message.len, digest);
    answer = crypto_verify(key, digest, signature, judge->work);
    return answer == CRYPTO_GOOD ? GOOD : answer == CRYPTO_BAD ? BAD : NO_MEMORY;
}

/* The key says what a signature has to be; what that says of itself nobody has signed. */
static enum finding judge_node(const struct judge *judge, const struct trust_key *key)
{
    const char *algo = shim_string(shim_prop(judge->fit, judge->node, SHIM_ALGO));
    struct shim_span value = shim_prop(judge->fit, judge->node, SHIM_VALUE);
    uint32_t strings;

    if (!algo || strcmp(algo, key->algo) != 0)
        return OTHER_ALGO;
    if (key->rsa && !has_usual_padding(judge))
        return OTHER_PADDING;
    if (value.len != key->len)
        return OTHER_LENGTH;
    if (!signed_strings(judge, &strings))
        return NO_STRINGS;
    return verify(judge, key, value.at, strings);
}

/* ---- one key ---------------------------------------------------------------------- */

static enum finding judge_key(struct judge *judge, const struct trust_key *key)
{
    enum finding finding = NO_SIGNATURE;
    uint32_t node = shim_first_child(judge->fit, judge->configuration);

    judge->node = judge->configuration;
    for (; finding != GOOD && node != SHIM_NONE; node = shim_next_child(judge->fit, node))
        if (!strncmp(shim_node_name(judge->fit, node), "signature", 9)) {
            judge->node = node;
            finding = judge_node(judge, key);
        }
    return finding;
}

static const char *words_of(enum finding finding)
{
    switch (finding) {
    case NO_SIGNATURE:
        return "there is no signature";
    case OTHER_ALGO:
        return "this signature has another algo: ";
    case OTHER_PADDING:
        return "this signature's padding is not pkcs-1.5";
    case OTHER_LENGTH:
        return "this signature has no value, or one of the wrong length";
    case NO_STRINGS:
        return "hashed-strings does not fit the FIT";
    default:
        return "this signature is from another key, or something was changed after it was made";
    }
}

static const char *word_of_algo(const struct judge *judge)
{
    struct shim_span value = shim_prop(judge->fit, judge->node, SHIM_ALGO);
    const char *algo = shim_string(value);

    return algo ? algo : value.at ? "it is not one string" : "none";
}

static enum shim_code refuse(const struct judge *judge, const struct trust_key *key,
                             enum finding finding, struct shim_error *error)
{
    if (finding == NO_MEMORY)
        return shim_no_room(error, "to verify a signature");
    return shim_fail(error, SHIM_E_PAYLOAD, SHIM_PATH(judge->fit, judge->node), NULL,
                     "sign the FIT with that key: mkimage -F -k KEYS -r FIT (doc/guide/trust.rst)",
                     "payload FIT: not signed with key '%s' (%s): %s%s", key->name, key->algo,
                     words_of(finding), finding == OTHER_ALGO ? word_of_algo(judge) : "");
}

/* ---- all keys ---------------------------------------------------------------------- */

static enum shim_code judge_keys(struct judge *judge, uint32_t *signers, struct shim_error *error)
{
    const struct trust_key *key = trust_keys.key;
    enum finding finding = NO_SIGNATURE;

    for (uint32_t i = 0; i < trust_keys.count; i++) {
        finding = judge_key(judge, &key[i]);
        if (finding == GOOD)
            *signers |= 1u << i;
        if (finding == GOOD ? trust_keys.any : !trust_keys.any)
            return finding == GOOD ? SHIM_OK : refuse(judge, &key[i], finding, error);
    }
    if (*signers)
        return SHIM_OK;
    return refuse(judge, &key[trust_keys.count - 1], finding, error);
}

/* Not inlined: its list of nodes need not lie below the walk over the FIT on the stack. */
__attribute__((noinline))
enum shim_code trust_configuration(const struct shim_tree *fit, uint32_t configuration,
                                   struct shim_arena work, uint32_t *signers,
                                   struct shim_error *error)
{
    struct judge judge = { .fit = fit, .configuration = configuration, .node = configuration,
                           .work = work };
    enum shim_code code = signed_cover(&judge.cover, fit, configuration, error);

    *signers = 0;
    return code ? code : judge_keys(&judge, signers, error);
}

void trust_print(const struct shim_sink *sink, uint32_t signers)
{
    shim_print(sink, "dtshim: the payload is signed:");
    for (uint32_t i = 0; i < trust_keys.count; i++)
        if (signers >> i & 1)
            shim_print(sink, " key %s (%s)", trust_keys.key[i].name, trust_keys.key[i].algo);
    shim_print(sink, "\n");
}

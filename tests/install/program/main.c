/* A program outside the tree: one hash, one amount of money. It says "ok" or stops. */
#include "core/crypto/hash.h"
#include "core/money/money.h"

#include <stdio.h>

int main(void)
{
    const hst_hash hash = hst_hash_leaf("herstatt", 8);
    char hex[HST_HASH_HEX_LENGTH + 1];
    hst_hash_to_hex(&hash, hex);
    hst_money sum;
    const hst_currency currency = 0;
    if (hst_money_add(hst_money_of(1974, currency), hst_money_of(26, currency), &sum) != HST_OK) {
        return 1;
    }
    printf("%s %lld\n", hex, (long long)hst_money_minor(sum));
    return hst_money_minor(sum) == 2000 ? 0 : 1;
}

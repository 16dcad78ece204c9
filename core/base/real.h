/** @file core/base/real.h
 * log and exp that give the same bits everywhere.
 *
 * The C library picks a variant by processor (with or without fused multiply-add), and variants
 * differ in the last bit; one such bit can send a payment elsewhere. These two use only IEEE basic
 * operations in a fixed order, so a seed reproduces a run on any machine.
 *
 * Errors    log of zero is -infinity, of a negative or NaN is NaN; exp saturates to 0 or infinity.
 * Cost      about 10 ns. Accuracy within 2 units in the last place of the correctly rounded value.
 * Source    argument reduction and minimax forms after the public description in fdlibm
 *           (Sun Microsystems, 1993); no code taken.
 */
#ifndef HST_CORE_BASE_REAL_H
#define HST_CORE_BASE_REAL_H

/** Natural logarithm. */
double hst_log(double x);

/** e to the power x. */
double hst_exp(double x);

#endif

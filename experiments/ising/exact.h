/*
 * exact.h - what is known exactly of the infinite two-dimensional Ising model without a field.
 *
 * Temperatures are in units of J/k, energies in units of J a spin. Sources: L. Onsager, Phys. Rev.
 * 65, 117 (1944); C. N. Yang, Phys. Rev. 85, 808 (1952).
 */
#ifndef ISING_EXACT_H
#define ISING_EXACT_H

/* 2 / ln(1 + sqrt 2) = 2.269185... */
double exact_critical_temperature(void);

/* Spontaneous magnetisation a spin, 0 from the critical temperature on. */
double exact_magnetisation(double temperature);

/* Internal energy a spin. */
double exact_energy(double temperature);

#endif

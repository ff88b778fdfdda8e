/*
 * lattice.h - a square lattice of spins with joined edges, and its two kinds of update.
 *
 * The lattice owns its memory; lattice_free frees all. Energy and magnetisation are kept as running
 * sums, so reading them costs nothing.
 */
#ifndef ISING_LATTICE_H
#define ISING_LATTICE_H

#include <stdint.h>

struct lattice;

/* All spins up; the same seed gives the same history. NULL when there is no memory. */
struct lattice *lattice_new(int size, uint64_t seed);
void lattice_free(struct lattice *l);

/* Tries size * size single spins at random places. Returns how many were flipped. */
long long lattice_metropolis(struct lattice *l, double temperature);

/* Grows and flips `clusters` clusters. Returns how many spins were flipped. Their number must not
 * depend on what they turn out to be: to stop after a large one would measure large ones too often.
 */
long long lattice_wolff(struct lattice *l, double temperature, long long clusters);

/* A spin's mean, in units of the coupling and of one spin. Magnetisation keeps its sign. */
double lattice_energy(const struct lattice *l);
double lattice_magnetisation(const struct lattice *l);

#endif

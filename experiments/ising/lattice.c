#include "lattice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct lattice {
    int size;
    int spins;         /* size * size */
    int8_t *spin;      /* +1 or -1 */
    int32_t *stack;    /* the border of the cluster that is growing */
    long long up;      /* sum of all spins */
    long long bonds;   /* sum over all bonds of the product of their spins */
    uint64_t state[4]; /* xoshiro256++ */
};

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static uint64_t next_random(struct lattice *l)
{
    uint64_t *s = l->state;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static double uniform(struct lattice *l)
{
    return (double)(next_random(l) >> 11) * 0x1.0p-53;
}

static int random_place(struct lattice *l)
{
    return (int)(((next_random(l) >> 32) * (uint64_t)l->spins) >> 32);
}

/* splitmix64 spreads a small seed over the generator's state. */
static void seed_generator(struct lattice *l, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = (seed += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        l->state[i] = z ^ (z >> 31);
    }
}

struct lattice *lattice_new(int size, uint64_t seed)
{
    struct lattice *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->size = size;
    l->spins = size * size;
    l->spin = malloc((size_t)l->spins);
    l->stack = malloc((size_t)l->spins * sizeof(*l->stack));
    if (!l->spin || !l->stack) {
        lattice_free(l);
        return NULL;
    }
    memset(l->spin, 1, (size_t)l->spins);
    l->up = l->spins;
    l->bonds = 2LL * l->spins;
    seed_generator(l, seed);
    return l;
}

void lattice_free(struct lattice *l)
{
    if (!l)
        return;
    free(l->spin);
    free(l->stack);
    free(l);
}

static void neighbours(const struct lattice *l, int place, int out[4])
{
    int row = place / l->size, column = place % l->size;
    out[0] = row == 0 ? place + l->spins - l->size : place - l->size;
    out[1] = row == l->size - 1 ? place - l->spins + l->size : place + l->size;
    out[2] = column == 0 ? place + l->size - 1 : place - 1;
    out[3] = column == l->size - 1 ? place - l->size + 1 : place + 1;
}

static int neighbour_sum(const struct lattice *l, int place)
{
    int n[4];
    neighbours(l, place, n);
    return l->spin[n[0]] + l->spin[n[1]] + l->spin[n[2]] + l->spin[n[3]];
}

static void flip(struct lattice *l, int place)
{
    l->bonds -= 2LL * l->spin[place] * neighbour_sum(l, place);
    l->spin[place] = (int8_t)-l->spin[place];
    l->up += 2 * l->spin[place];
}

long long lattice_metropolis(struct lattice *l, double temperature)
{
    double accept[5] = {1.0, 1.0, 1.0, exp(-4.0 / temperature), exp(-8.0 / temperature)};
    long long flipped = 0;
    for (int i = 0; i < l->spins; i++) {
        int place = random_place(l);
        int aligned = l->spin[place] * neighbour_sum(l, place); /* -4, -2, 0, 2, 4 */
        double chance = accept[aligned / 2 + 2];
        if (chance >= 1.0 || uniform(l) < chance) {
            flip(l, place);
            flipped++;
        }
    }
    return flipped;
}

static int grow_cluster(struct lattice *l, double join)
{
    int place = random_place(l);
    int8_t old = l->spin[place];
    int depth = 0, size = 1;
    flip(l, place);
    l->stack[depth++] = place;
    while (depth) {
        int n[4];
        neighbours(l, l->stack[--depth], n);
        for (int i = 0; i < 4; i++) {
            if (l->spin[n[i]] == old && uniform(l) < join) {
                flip(l, n[i]);
                l->stack[depth++] = n[i];
                size++;
            }
        }
    }
    return size;
}

long long lattice_wolff(struct lattice *l, double temperature, long long clusters)
{
    double join = 1.0 - exp(-2.0 / temperature);
    long long flipped = 0;
    while (clusters-- > 0)
        flipped += grow_cluster(l, join);
    return flipped;
}

double lattice_energy(const struct lattice *l)
{
    return -(double)l->bonds / l->spins;
}

double lattice_magnetisation(const struct lattice *l)
{
    return (double)l->up / l->spins;
}

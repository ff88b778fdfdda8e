/*
 * The two-dimensional Ising model from cold to hot, measured and compared with what is known
 * exactly.
 */
#include "exact.h"
#include "lattice.h"

#include <athanor.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct settings {
    int size;
    bool wolff;
    double from, to;
    int points;
    long long equilibrate, measure;
    long long seed;
};

/* Means over the measured sweeps of one temperature. */
struct sample {
    double temperature;
    double magnetisation; /* mean of |m| */
    double energy;
    double susceptibility;
    double heat_capacity;
};

static struct settings read_settings(void)
{
    return (struct settings){
        .size = (int)athanor_config_int("size", 64),
        .wolff = strcmp(athanor_config_string("algorithm", "wolff"), "wolff") == 0,
        .from = athanor_config_double("temperatures.from", 1.8),
        .to = athanor_config_double("temperatures.to", 2.8),
        .points = (int)athanor_config_int("temperatures.points", 21),
        .equilibrate = athanor_config_int("sampling.equilibrate", 200),
        .measure = athanor_config_int("sampling.measure", 1000),
        .seed = athanor_config_int("seed", 1),
    };
}

static double now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* How many clusters make a sweep at this temperature; learnt while equilibrating, fixed while
 * measuring. */
struct pace {
    long long clusters;      /* a sweep */
    long long flipped, made; /* spins flipped by so many clusters */
};

static void sweep(struct lattice *l, const struct settings *s, double temperature,
                  struct pace *pace, bool learning)
{
    if (!s->wolff) {
        lattice_metropolis(l, temperature);
        return;
    }
    pace->flipped += lattice_wolff(l, temperature, pace->clusters);
    pace->made += pace->clusters;
    if (learning)
        pace->clusters = 1 + (long long)s->size * s->size * pace->made / pace->flipped;
}

/* Says how far the whole run is. */
static void tell_progress(const struct settings *s, long long done, double temperature)
{
    char message[64];
    snprintf(message, sizeof(message), "T = %.4f", temperature);
    athanor_progress(done, (s->equilibrate + s->measure) * s->points, message);
}

/* Measures at one temperature; `*done` counts sweeps over all. False when the run was cancelled. */
static bool measure(struct lattice *l, const struct settings *s, double temperature,
                    long long *done, struct sample *out)
{
    struct pace pace = {.clusters = 1};
    double sum_m = 0, sum_m2 = 0, sum_e = 0, sum_e2 = 0;
    for (long long i = -s->equilibrate; i < s->measure; i++) {
        if (athanor_cancelled())
            return false;
        sweep(l, s, temperature, &pace, i < 0);
        double m = fabs(lattice_magnetisation(l)), e = lattice_energy(l);
        athanor_metric("magnetisation", (double)*done, m);
        athanor_metric("energy", (double)*done, e);
        tell_progress(s, ++*done, temperature);
        if (i < 0)
            continue;
        sum_m += m;
        sum_m2 += m * m;
        sum_e += e;
        sum_e2 += e * e;
    }
    double n = (double)s->measure, spins = (double)s->size * s->size;
    *out = (struct sample){
        .temperature = temperature,
        .magnetisation = sum_m / n,
        .energy = sum_e / n,
        .susceptibility = spins / temperature * (sum_m2 / n - sum_m / n * (sum_m / n)),
        .heat_capacity =
            spins / (temperature * temperature) * (sum_e2 / n - sum_e / n * (sum_e / n)),
    };
    return true;
}

static void report(const struct sample *x, double elapsed_ms)
{
    double m = exact_magnetisation(x->temperature), e = exact_energy(x->temperature);
    athanor_row(
        "temperatures",
        "temperature:f magnetisation:f exact_magnetisation:f magnetisation_error:f energy:f "
        "exact_energy:f energy_error:f susceptibility:f heat_capacity:f seconds:f",
        x->temperature, x->magnetisation, m, fabs(x->magnetisation - m), x->energy, e,
        fabs(x->energy - e), x->susceptibility, x->heat_capacity, elapsed_ms / 1e3);
    athanor_event("temperature.finished", NULL, elapsed_ms, "temperature:f", x->temperature);
    printf("T = %.4f  |m| = %.5f (exact %.5f)  e = %.5f (exact %.5f)  chi = %.3f  C = %.3f\n",
           x->temperature, x->magnetisation, m, x->energy, e, x->susceptibility, x->heat_capacity);
    fflush(stdout);
}

/* The temperature where the susceptibility peaks: the top of a parabola through the highest point
 * and its neighbours. NaN when the peak is not inside the range. */
static double peak(const struct sample *x, int count)
{
    int top = 0;
    for (int i = 1; i < count; i++) {
        if (x[i].susceptibility > x[top].susceptibility)
            top = i;
    }
    if (top == 0 || top == count - 1)
        return NAN;
    double left = x[top - 1].susceptibility, here = x[top].susceptibility,
           right = x[top + 1].susceptibility;
    double step = x[top + 1].temperature - x[top].temperature;
    double curve = left - 2 * here + right;
    return x[top].temperature + (curve < 0 ? step * (left - right) / (2 * curve) : 0.0);
}

static void conclude(const struct settings *s, const struct sample *x, int count)
{
    double tc = exact_critical_temperature(), estimate = peak(x, count);
    double worst_m = 0, worst_e = 0;
    int compared = 0;
    for (int i = 0; i < count; i++) {
        worst_e = fmax(worst_e, fabs(x[i].energy - exact_energy(x[i].temperature)));
        /* Above and close to the critical point a finite lattice keeps a magnetisation of its own.
         */
        if (x[i].temperature < tc - 0.1) {
            worst_m =
                fmax(worst_m, fabs(x[i].magnetisation - exact_magnetisation(x[i].temperature)));
            compared++;
        }
    }
    athanor_result_fields("critical_temperature", "estimate:f exact:f error:f method:s", estimate,
                          tc, estimate - tc, "peak of the susceptibility");
    if (compared)
        athanor_result_fields("magnetisation", "largest_error:f temperatures:d compared_below:f",
                              worst_m, compared, tc - 0.1);
    athanor_result_fields("energy", "largest_error:f compared_beyond:f", worst_e, 0.1);
    athanor_logf(ATHANOR_INFO, "critical temperature %.4f, exact %.4f, on a lattice of %d x %d",
                 estimate, tc, s->size, s->size);
}

static void introduce(const struct settings *s)
{
    char text[32];
    athanor_log_fields(ATHANOR_INFO, "simulating", "size:d algorithm:s from:f to:f points:d seed:l",
                       s->size, s->wolff ? "wolff" : "metropolis", s->from, s->to, s->points,
                       s->seed);
    snprintf(text, sizeof(text), "%lld", s->seed);
    athanor_fact("seed", text);
    athanor_fact("generator", "xoshiro256++");
    athanor_fact("compiler", __VERSION__);
}

int main(void)
{
    struct settings s = read_settings();
    if (s.points > 1 && !(s.to > s.from)) {
        athanor_fail("temperatures: 'to' must be above 'from'");
        return 1;
    }
    athanor_catch_cancel();
    introduce(&s);
    struct lattice *l = lattice_new(s.size, (uint64_t)s.seed);
    struct sample *samples = calloc((size_t)s.points, sizeof(*samples));
    if (!l || !samples) {
        athanor_fail("not enough memory for the lattice");
        return 1;
    }
    long long done = 0;
    int count = 0;
    for (; count < s.points; count++) {
        double step = s.points > 1 ? (s.to - s.from) / (s.points - 1) : 0.0;
        double start = now_ms();
        if (!measure(l, &s, s.from + step * count, &done, &samples[count]))
            break;
        report(&samples[count], now_ms() - start);
    }
    if (count)
        conclude(&s, samples, count);
    free(samples);
    lattice_free(l);
    return 0;
}

#include "histogram.h"

#include <string.h>

void histogram_reset(struct histogram *h)
{
    memset(h, 0, sizeof(*h));
}

/* Below 128 a bucket is one value; above, each power of two has 64 buckets. */
static unsigned bucket_of(uint64_t us)
{
    if (us < 2 * HISTOGRAM_SUB)
        return (unsigned)us;
    unsigned shift = (unsigned)(63 - __builtin_clzll(us)) - 6;
    unsigned bucket = (shift + 1) * HISTOGRAM_SUB + (unsigned)((us >> shift) - HISTOGRAM_SUB);
    return MIN(bucket, HISTOGRAM_BUCKETS - 1);
}

static int64_t upper_end(unsigned bucket)
{
    if (bucket < 2 * HISTOGRAM_SUB)
        return bucket;
    unsigned shift = bucket / HISTOGRAM_SUB - 1;
    return (((int64_t)(bucket % HISTOGRAM_SUB) + HISTOGRAM_SUB + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, int64_t us)
{
    h->counts[bucket_of(us < 0 ? 0 : (uint64_t)us)]++;
    h->total++;
    if (us > h->most)
        h->most = us;
}

int64_t histogram_at(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)h->total + 0.999999), seen = 0;
    if (h->total == 0)
        return 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->counts[i];
        if (seen >= MAX(wanted, 1))
            return MIN(upper_end(i), h->most);
    }
    return h->most;
}

/*
 * Says messages at a steady rate to whatever fans them out.
 *
 *     publish nchan   SOCKET CHANNEL    RATE SECONDS SIZE FIRST
 *     publish athanor CONNINFO REDIS QUERY RUN made|sent RATE SECONDS SIZE
 *
 * A message is SIZE bytes of SSE data with a stamp (shared/stamp.h). Messages are due at even
 * intervals, and those that are due within 5 ms are sent together, to either server. nchan gets a
 * POST each, pipelined on one kept connection. Athanor gets what a supervisor does: the batch is
 * committed by the run's own append statement (QUERY is its file), one line a batch, then
 * published; batches that are due together share a transaction. The stamp is made before the
 * commit.
 *
 * Prints one JSON object: how many were sent, the last number, and by how much it fell behind at
 * worst.
 */
#include "pace.h"
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double number(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (*end || end == text || value < 0)
        die("%s is not a number", text);
    return value;
}

static struct target *open_target(int *argc, char ***argv)
{
    struct err e;
    struct target *t = NULL;
    if (*argc == 8 && !strcmp((*argv)[1], "nchan")) {
        t = target_nchan((*argv)[2], (*argv)[3], (int64_t)number((*argv)[7]), &e);
        *argv += 4;
    } else if (*argc == 10 && !strcmp((*argv)[1], "athanor")) {
        t = target_athanor((*argv)[2], (*argv)[3], (*argv)[4], (int64_t)number((*argv)[5]),
                           !strcmp((*argv)[6], "sent"), &e);
        *argv += 7;
    } else {
        die("usage: publish nchan SOCKET CHANNEL RATE SECONDS SIZE FIRST\n"
            "       publish athanor CONNINFO REDIS QUERY RUN made|sent RATE SECONDS SIZE");
    }
    if (!t)
        die("%s", e.text);
    return t;
}

int main(int argc, char **argv)
{
    struct target *t = open_target(&argc, &argv);
    double rate = number(argv[0]), seconds = number(argv[1]);
    size_t size = (size_t)number(argv[2]);
    struct pace pace;
    struct err e;
    int64_t sent = 0, count;
    pace_init(&pace, rate, (int64_t)(rate * seconds + 0.5));
    while ((count = pace_next(&pace)) > 0) {
        if (target_send(t, count, size, &e))
            die("%s", e.text);
        sent += count;
    }
    int64_t end = clock_mono_us();
    double took = pace_seconds(&pace);
    if (target_flush(t, &e))
        die("%s", e.text);
    printf("{\"sent\":%lld,\"last\":%lld,\"seconds\":%.3f,\"late_ms\":%.1f,\"end_us\":%lld}\n",
           (long long)sent, (long long)target_last(t), took, (double)pace_latest_us(&pace) / 1e3,
           (long long)end);
    target_free(t);
    return 0;
}

#include "when.h"

#include <stdlib.h>
#include <time.h>

int64_t when_read(struct doc d)
{
    char *text = doc_text(d, "");
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    int64_t ms = rest ? (int64_t)timegm(&tm) * 1000 + (*rest == '.' ? atoi(rest + 1) : 0) : -1;
    free(text);
    return ms;
}

void when_put_duration(struct strbuf *out, int64_t ms)
{
    if (ms < 1000)
        strbuf_addf(out, "%lld ms", (long long)ms);
    else if (ms < 60000)
        strbuf_addf(out, "%lld.%lld s", (long long)(ms / 1000), (long long)(ms % 1000 / 100));
    else if (ms < 3600000)
        strbuf_addf(out, "%lld min %lld s", (long long)(ms / 60000), (long long)(ms / 1000 % 60));
    else
        strbuf_addf(out, "%lld h %lld min", (long long)(ms / 3600000),
                    (long long)(ms / 60000 % 60));
}

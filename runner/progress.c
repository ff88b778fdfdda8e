#include "progress.h"

#include "json.h"

#include <math.h>
#include <stdlib.h>

static void put_number(struct strbuf *out, const char *name, const char *number)
{
    strbuf_addf(out, "\"%s\":", name);
    strbuf_adds(out, number ? number : "null");
    strbuf_addc(out, ',');
}

void progress_put(struct strbuf *out, const struct message *m, int64_t now_ms)
{
    size_t len;
    const char *current = message_get(m, MEMBER_CURRENT, &len);
    const char *total = message_get(m, MEMBER_TOTAL, &len);
    const char *message = message_get(m, MEMBER_MESSAGE, &len);
    strbuf_addc(out, '{');
    put_number(out, "current", current);
    put_number(out, "total", total);
    double whole = total ? strtod(total, NULL) : 0;
    strbuf_adds(out, "\"percent\":");
    if (current && whole > 0)
        json_put_double(out, round(fmin(fmax(strtod(current, NULL) / whole, 0), 1) * 1000) / 10);
    else
        strbuf_adds(out, "null");
    strbuf_adds(out, ",\"message\":");
    if (message)
        json_put_string(out, message, MIN(len, (size_t)1000));
    else
        strbuf_adds(out, "null");
    strbuf_addf(out, ",\"at\":%lld}", (long long)now_ms);
}

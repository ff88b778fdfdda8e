#include "csv.h"

#include "json.h"

#include <string.h>

static bool is_word(const char *text, size_t len)
{
    static const char *const words[] = {"NaN", "Infinity", "-Infinity"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
            return true;
    }
    return false;
}

static bool is_formula(const char *text, size_t len)
{
    static const char *const starts[] = {
        "=", "+", "-", "@", "\t", "\r", "\n", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20",
    };
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        size_t n = strlen(starts[i]);
        if (len >= n && memcmp(text, starts[i], n) == 0)
            return !is_word(text, len);
    }
    return false;
}

static bool needs_quotes(const char *text, size_t len)
{
    if (len && (text[0] == ' ' || text[len - 1] == ' '))
        return true;
    for (size_t i = 0; i < len; i++) {
        if (text[i] && strchr("\",;\t\r\n", text[i]))
            return true;
    }
    return false;
}

void csv_put_text(struct strbuf *out, const char *text, size_t len)
{
    bool formula = is_formula(text, len);
    if (!needs_quotes(text, len)) {
        if (formula)
            strbuf_addc(out, '\'');
        strbuf_add(out, text, len);
        return;
    }
    strbuf_adds(out, formula ? "\"'" : "\"");
    for (const char *at = text, *end = text + len; at < end;) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        const char *stop = quote ? quote + 1 : end;
        strbuf_add(out, at, (size_t)(stop - at));
        if (quote)
            strbuf_addc(out, '"');
        at = stop;
    }
    strbuf_addc(out, '"');
}

int csv_put_json(struct strbuf *out, const char *raw, size_t len, struct strbuf *scratch,
                 struct err *e)
{
    switch (len ? raw[0] : 'n') {
    case 'n':
        return 0;
    case '"':
        strbuf_reset(scratch);
        if (json_decode_string(raw, len, scratch, e) != 0)
            return -1;
        csv_put_text(out, scratch->buf, scratch->len);
        return 0;
    case '{':
    case '[':
        csv_put_text(out, raw, len);
        return 0;
    default: /* a number, true or false */
        strbuf_add(out, raw, len);
        return 0;
    }
}

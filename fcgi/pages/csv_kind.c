#include "csv_kind.h"

#include <string.h>
#include <strings.h>

enum { NUMBER_MAX = 64, EXACT_DIGITS = 18 };

struct text {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int digits(struct text *t)
{
    int n = 0;
    for (; t->at < t->end && is_digit(*t->at); t->at++)
        n++;
    return n;
}

static bool take(struct text *t, const char *any)
{
    bool there = t->at < t->end && strchr(any, *t->at) && *t->at;
    t->at += there;
    return there;
}

static bool is_word(const char *const *words, size_t count, struct text t)
{
    size_t len = (size_t)(t.end - t.at);
    for (size_t i = 0; i < count; i++) {
        if (strlen(words[i]) == len && strncasecmp(words[i], t.at, len) == 0)
            return true;
    }
    return false;
}

static unsigned number(struct text t)
{
    static const char *const infinite[] = {"inf", "infinity"};
    if (t.end - t.at > NUMBER_MAX)
        return 0;
    take(&t, "+-");
    if (is_word(infinite, ARRAY_LEN(infinite), t))
        return CSV_FLOAT;
    int whole = digits(&t);
    if (whole && t.at == t.end)
        return whole <= EXACT_DIGITS ? CSV_INTEGER | CSV_FLOAT : CSV_FLOAT;
    int part = take(&t, ".") ? digits(&t) : 0;
    if (whole + part == 0)
        return 0;
    if (take(&t, "eE")) {
        take(&t, "+-");
        if (!digits(&t))
            return 0;
    }
    return t.at == t.end ? CSV_FLOAT : 0;
}

static bool two(struct text *t, const char *before)
{
    return take(t, before) && digits(t) == 2;
}

/* 2026-01-31, and behind it perhaps a time: 12:30, 12:30:00.5, 12:30Z, 12:30+02:00. */
static unsigned date(struct text t)
{
    if (digits(&t) != 4 || !two(&t, "-") || !two(&t, "-"))
        return 0;
    if (t.at == t.end)
        return CSV_DATE;
    if (!two(&t, "T ") || !two(&t, ":"))
        return 0;
    if (t.at < t.end && *t.at == ':' && !two(&t, ":"))
        return 0;
    if (take(&t, ".,") && !digits(&t))
        return 0;
    if (!take(&t, "Zz") && two(&t, "+-")) {
        take(&t, ":");
        digits(&t);
    }
    return t.at == t.end ? CSV_DATE : 0;
}

unsigned csv_kinds(const char *text, size_t len)
{
    static const char *const missing[] = {"", "na", "n/a", "nan", "null", "none", "?"};
    static const char *const truth[] = {"true", "false"};
    struct text t = {text, text + len};
    while (t.at < t.end && (*t.at == ' ' || *t.at == '\t'))
        t.at++;
    while (t.end > t.at && (t.end[-1] == ' ' || t.end[-1] == '\t'))
        t.end--;
    if (is_word(missing, ARRAY_LEN(missing), t))
        return CSV_MISSING;
    return CSV_STRING | number(t) | date(t) |
           (is_word(truth, ARRAY_LEN(truth), t) ? CSV_BOOLEAN : 0);
}

const char *csv_kind_name(unsigned kinds)
{
    static const struct {
        unsigned kind;
        const char *name;
    } names[] = {
        {CSV_INTEGER, "integer"}, {CSV_FLOAT, "float"},   {CSV_BOOLEAN, "boolean"},
        {CSV_DATE, "date"},       {CSV_STRING, "string"},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (kinds & names[i].kind)
            return names[i].name;
    }
    return "empty";
}

/*
 * Reading the configuration: the file is kept as text and searched by path. It was written by the
 * runner as valid JSON, so the scanner is short and merely refuses what it does not know.
 */
#include "internal.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *document; /* the file's text */

static void load(void)
{
    const char *path = getenv("ATHANOR_CONFIG");
    FILE *f = path ? fopen(path, "re") : NULL;
    struct text t = {0};
    if (f) {
        char block[4096];
        size_t n;
        while ((n = fread(block, 1, sizeof(block), f)) > 0)
            athanor_text_add(&t, block, n);
        fclose(f);
    }
    if (!t.len || t.failed) {
        athanor_text_release(&t);
        athanor_text_adds(&t, "{}");
    }
    document = t.buf;
}

const char *athanor_config_json(void)
{
    pthread_once(&once, load);
    return document ? document : "{}";
}

static const char *skip_space(const char *s)
{
    while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
        s++;
    return s;
}

/* Behind the string that begins at s, or NULL. */
static const char *skip_string(const char *s)
{
    for (s++; *s; s++) {
        if (*s == '"')
            return s + 1;
        if (*s == '\\' && !*++s)
            return NULL;
    }
    return NULL;
}

/* Behind the value that begins at s, or NULL. */
static const char *skip_value(const char *s)
{
    int depth = 0;
    do {
        s = skip_space(s);
        if (*s == '"') {
            if (!(s = skip_string(s)))
                return NULL;
        } else if (*s == '{' || *s == '[') {
            if (++depth > DEPTH_MAX)
                return NULL;
            s++;
        } else if (*s == '}' || *s == ']') {
            depth--;
            s++;
        } else if (*s == ',' || *s == ':') {
            s++;
        } else if (*s) {
            s += strcspn(s, ",:]}[{\" \t\r\n");
        } else {
            return NULL;
        }
    } while (depth > 0);
    return s;
}

/* Walks the members or items of the value at s: the next one's value, and its key (NULL in a list).
 * *at keeps the place; begin with it at s + 1. */
static const char *next_member(const char **at, bool object, const char **key)
{
    const char *s = skip_space(*at);
    if (*s == ',')
        s = skip_space(s + 1);
    if (!*s || *s == '}' || *s == ']')
        return NULL;
    *key = NULL;
    if (object) {
        *key = s;
        if (*s != '"' || !(s = skip_string(s)))
            return NULL;
        s = skip_space(s);
        if (*s++ != ':')
            return NULL;
        s = skip_space(s);
    }
    const char *end = skip_value(s);
    if (!end)
        return NULL;
    *at = end;
    return s;
}

static const char *find(const char *path)
{
    const char *value = skip_space(athanor_config_json());
    while (value && *path) {
        size_t len = strcspn(path, ".");
        bool object = *value == '{';
        if (!object && *value != '[')
            return NULL;
        if (!object && (!len || strspn(path, "0123456789") < len))
            return NULL;
        const char *at = value + 1, *key, *member;
        unsigned long index = object ? 0 : strtoul(path, NULL, 10);
        while ((member = next_member(&at, object, &key))) {
            if (object ? strncmp(key + 1, path, len) == 0 && key[len + 1] == '"' : index-- == 0)
                break;
        }
        value = member;
        path += len;
        if (*path == '.')
            path++;
    }
    return value;
}

long long athanor_config_int(const char *path, long long otherwise)
{
    const char *v = find(path);
    if (!v || !strchr("-0123456789", *v))
        return otherwise;
    char *end;
    long long value = strtoll(v, &end, 10);
    if (!strchr(".eE", *end) || !*end)
        return value;
    double d = strtod(v, NULL);
    return d >= -9.2e18 && d <= 9.2e18 ? (long long)d : otherwise;
}

double athanor_config_double(const char *path, double otherwise)
{
    const char *v = find(path);
    return v && *v && strchr("-0123456789", *v) ? strtod(v, NULL) : otherwise;
}

bool athanor_config_bool(const char *path, bool otherwise)
{
    const char *v = find(path);
    if (!v || (*v != 't' && *v != 'f'))
        return otherwise;
    return *v == 't';
}

static void add_utf8(struct text *t, unsigned c)
{
    char b[4];
    size_t n = 0;
    if (c < 0x80) {
        b[n++] = (char)c;
    } else if (c < 0x800) {
        b[n++] = (char)(0xC0 | (c >> 6));
        b[n++] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        b[n++] = (char)(0xE0 | (c >> 12));
        b[n++] = (char)(0x80 | ((c >> 6) & 0x3F));
        b[n++] = (char)(0x80 | (c & 0x3F));
    } else {
        b[n++] = (char)(0xF0 | (c >> 18));
        b[n++] = (char)(0x80 | ((c >> 12) & 0x3F));
        b[n++] = (char)(0x80 | ((c >> 6) & 0x3F));
        b[n++] = (char)(0x80 | (c & 0x3F));
    }
    athanor_text_add(t, b, n);
}

static unsigned hex4(const char *s)
{
    unsigned c = 0;
    for (int i = 0; i < 4 && s[i]; i++)
        c = c * 16 + (unsigned)(s[i] <= '9' ? s[i] - '0' : (s[i] | 32) - 'a' + 10);
    return c;
}

/* Decodes the escape behind the backslash at s; returns the place behind it. */
static const char *add_unescaped(struct text *t, const char *s)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    if (*s == 'u' && strlen(s) >= 5) {
        unsigned c = hex4(s + 1);
        s += 5;
        if (c >= 0xD800 && c < 0xDC00 && s[0] == '\\' && s[1] == 'u' && strlen(s) >= 6) {
            c = 0x10000 + ((c - 0xD800) << 10) + ((hex4(s + 2) - 0xDC00) & 0x3FF);
            s += 6;
        }
        add_utf8(t, c);
        return s;
    }
    const char *f = strchr(from, *s);
    athanor_text_add(t, f ? to + (f - from) : s, 1);
    return s + 1;
}

/* Decoded strings are kept for the life of the program, one for each place in the document, so that
 * asking again costs no memory. */
struct kept {
    struct kept *next;
    const char *place;
    char text[];
};

static const char *keep(const char *place, const struct text *t)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static struct kept *all;
    pthread_mutex_lock(&mutex);
    struct kept *k = all;
    while (k && k->place != place)
        k = k->next;
    if (!k && (k = malloc(sizeof(*k) + t->len + 1))) {
        k->place = place;
        memcpy(k->text, t->len ? t->buf : "", t->len + 1);
        k->next = all;
        all = k;
    }
    pthread_mutex_unlock(&mutex);
    return k ? k->text : NULL;
}

const char *athanor_config_string(const char *path, const char *otherwise)
{
    const char *v = find(path);
    if (!v || *v != '"')
        return otherwise;
    struct text t = {0};
    for (const char *s = v + 1; *s && *s != '"';) {
        if (*s == '\\') {
            s = add_unescaped(&t, s + 1);
        } else {
            size_t n = strcspn(s, "\\\"");
            athanor_text_add(&t, s, n);
            s += n;
        }
    }
    const char *kept = t.failed ? NULL : keep(v, &t);
    athanor_text_release(&t);
    return kept ? kept : otherwise;
}

size_t athanor_config_count(const char *path)
{
    const char *v = find(path);
    if (!v || (*v != '{' && *v != '['))
        return 0;
    bool object = *v == '{';
    const char *at = v + 1, *key;
    size_t n = 0;
    while (next_member(&at, object, &key))
        n++;
    return n;
}

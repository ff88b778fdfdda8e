/* Command lines of any words, one a line, and values of any form: they are read or refused by
 * words; what is shown holds no control character. */
#include "args.h"
#include "json.h"
#include "text.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *schema(void)
{
    static const char text[] = "[{\"name\":\"n\",\"type\":\"integer\"},{\"name\":\"g\",\"type\":"
                               "\"group\",\"fields\":[{\"name\":\"s\","
                               "\"type\":\"string\"}]},{\"name\":\"l\",\"type\":\"list\","
                               "\"fields\":[{\"name\":\"x\",\"type\":\"float\"}]}]";
    return json_parse(text, strlen(text), "schema", NULL);
}

static void check_words(char *text)
{
    static struct args args;
    char *argv[64] = {"athanor"};
    int argc = 1;
    struct err e = {0};
    for (char *word; argc < 64 && (word = strsep(&text, "\n"));)
        argv[argc++] = word;
    if (args_parse(&args, argc, argv, &e) < 0 && !e.text[0])
        die("refused without words");
}

/* A file that it names is not read: any of this machine could be meant. */
static void check_value(const char *word)
{
    struct err e = {0};
    json_t *fields, *configuration;
    if (strchr(word, '@'))
        return;
    fields = schema();
    configuration = json_object();
    if (values_set(configuration, fields, word, &e) < 0 && !e.text[0])
        die("refused without words");
    json_decref(configuration);
    json_decref(fields);
}

static void check_text(const char *bytes, size_t size)
{
    struct strbuf out = STRBUF_INIT;
    text_put(&out, bytes, size, false);
    for (size_t i = 0; i < out.len; i++)
        if (((unsigned char)out.buf[i] < 0x20 && out.buf[i] != '\t') || out.buf[i] == 0x7F)
            die("a control character is shown");
    strbuf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = xstrndup((const char *)data, size);
    check_text((const char *)data, size);
    check_value(copy);
    check_words(copy);
    free(copy);
    return 0;
}

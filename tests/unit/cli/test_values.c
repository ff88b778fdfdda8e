/* KEY=VALUE words become a configuration by the schema, and what has no place is refused by its
 * name. */
#include "json.h"
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SCHEMA                                                                                     \
    "[{\"name\":\"size\",\"type\":\"integer\"},{\"name\":\"rate\",\"type\":\"float\"},{\"name\":"  \
    "\"fast\",\"type\":\"boolean\"},"                                                              \
    "{\"name\":\"mode\",\"type\":\"enum\",\"options\":[\"a\",{\"value\":2},true,0.5]},{\"name\":"  \
    "\"notes\",\"type\":\"string\"},"                                                              \
    "{\"name\":\"table\",\"type\":\"data_source\"},"                                               \
    "{\"name\":\"api\",\"type\":\"group\",\"fields\":[{\"name\":\"url\",\"type\":\"string\"},"     \
    "{\"name\":\"deep\",\"type\":\"group\",\"fields\":[{\"name\":\"n\",\"type\":\"integer\"}]}]}," \
    "{\"name\":\"pairs\",\"type\":\"list\",\"fields\":[{\"name\":\"left\",\"type\":\"integer\"},"  \
    "{\"name\":\"inner\",\"type\":\"list\",\"fields\":[{\"name\":\"x\",\"type\":\"string\"}]}]}]"

static json_t *schema(void)
{
    struct err e;
    json_t *fields = json_parse(SCHEMA, strlen(SCHEMA), "schema", &e);
    assert_non_null(fields);
    return fields;
}

/* The words, divided by spaces, as compact JSON; or the error. */
static void check(const char *words, const char *expected)
{
    json_t *fields = schema(), *configuration = json_object();
    struct strbuf text = STRBUF_INIT;
    struct err e = {0};
    char *copy = strdup(words), *rest = copy, *word;
    int status = 0;
    while (status == 0 && (word = strsep(&rest, " ")))
        status = values_set(configuration, fields, word, &e);
    if (status == 0)
        json_put_value(&text, configuration);
    else
        strbuf_adds(&text, e.text);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
    free(copy);
    json_decref(configuration);
    json_decref(fields);
}

static void values_take_the_types_of_their_fields(void **state)
{
    (void)state;
    check("size=64 rate=1e-3 fast=no notes=64",
          "{\"size\":64,\"rate\":0.001,\"fast\":false,\"notes\":\"64\"}");
    check("size=9007199254740993", "{\"size\":9007199254740993}");
    check("size=", "{\"size\":null}");
    check("notes=", "{\"notes\":\"\"}");
    check("size=6x", "{\"size\":\"6x\"}");
    check("mode=2", "{\"mode\":2}");
    check("mode=true", "{\"mode\":true}");
    check("mode=.5", "{\"mode\":0.5}");
    check("mode=z", "{\"mode\":\"z\"}");
    check("table=iris.csv", "{\"table\":\"iris.csv\"}");
    check("notes=a=b", "{\"notes\":\"a=b\"}");
    check("notes=@@home", "{\"notes\":\"@home\"}");
    check("size=1 size=2", "{\"size\":2}");
}

static void keys_lead_into_groups_and_lists(void **state)
{
    (void)state;
    check("api.url=http://x api.deep.n=3", "{\"api\":{\"url\":\"http://x\",\"deep\":{\"n\":3}}}");
    check("pairs[0].left=1 pairs.1.left=2", "{\"pairs\":[{\"left\":1},{\"left\":2}]}");
    check("pairs[0].inner[0].x=a pairs[0].inner[1].x=b",
          "{\"pairs\":[{\"inner\":[{\"x\":\"a\"},{\"x\":\"b\"}]}]}");
    check("pairs=[{\"left\":1}] pairs[1]={\"left\":2}", "{\"pairs\":[{\"left\":1},{\"left\":2}]}");
    check("api={\"url\":\"x\"} api.deep.n=1", "{\"api\":{\"url\":\"x\",\"deep\":{\"n\":1}}}");
}

static void what_has_no_place_is_named(void **state)
{
    (void)state;
    check("colour=1",
          "there is no field colour, but: size, rate, fast, mode, notes, table, api, pairs");
    check("api.port=1", "there is no field api.port, but: url, deep");
    check("size.x=1", "size.x: the field size is neither a group nor a list");
    check("pairs[1].left=1", "pairs[1].left: the list has 0 items, so that is not the next one");
    check("pairs.left=1", "pairs.left: an item of a list is named by its number, such as [0]");
    check("pairs[-1].left=1",
          "pairs[-1].left: an item of a list is named by its number, such as [0]");
    check("size", "\"size\" is not of the form KEY=VALUE");
    check("=1", "\"=1\" is not of the form KEY=VALUE");
    check("size[0]=1", "size[0]: the field size is neither a group nor a list");
    check("api[0].url=1", "there is no field api[0].url, but: url, deep");
    check(".size=1", "{\"size\":1}");
}

static void files_hold_values(void **state)
{
    (void)state;
    char path[] = "/tmp/athanor-values-XXXXXX", *words;
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "{\"size\":3,\"notes\":\"n\"}\n", 23), 23);
    close(fd);
    words = xasprintf("@%s size=4", path);
    check(words, "{\"size\":4,\"notes\":\"n\"}");
    free(words);
    words = xasprintf("notes=@%s", path);
    check(words, "{\"notes\":\"{\\\"size\\\":3,\\\"notes\\\":\\\"n\\\"}\"}");
    free(words);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_take_the_types_of_their_fields),
        cmocka_unit_test(keys_lead_into_groups_and_lists),
        cmocka_unit_test(what_has_no_place_is_named),
        cmocka_unit_test(files_hold_values),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

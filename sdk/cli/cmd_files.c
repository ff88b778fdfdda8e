#include "cli.h"
int cmd_put(struct cli *cli, struct err *e)
{
    (void)cli;
    return err_set(e, ERR_INTERNAL, "not yet");
}
int cmd_get(struct cli *cli, struct err *e)
{
    (void)cli;
    return err_set(e, ERR_INTERNAL, "not yet");
}

/*
 * instance_file.h - an instance as a JSON file: handed out, and read back into the form of a new
 * one.
 *
 * The file is what POST /api/v1/instances takes: experiment, name, description, project,
 * configuration. Digits of numbers are those that are stored.
 */
#ifndef PAGES_INSTANCE_FILE_H
#define PAGES_INSTANCE_FILE_H

#include "ctx.h"

/* GET /experiments/{id}/export: a download named after the instance. */
int instance_file_export(struct ctx *c);

/* Answers with the page New: the form filled in from the document, each fault at its field; or the
 * document as it was given, and what is wrong with it. */
MUST_CHECK int instance_file_import(struct ctx *c, const char *document);

#endif

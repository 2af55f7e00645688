#ifndef ALMANAC_CPOSTGRES_H
#define ALMANAC_CPOSTGRES_H
#include <libpq-fe.h>

// Diagnostic fields are macros of character constants, which Swift does not import.
static const int ALMANAC_PG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int ALMANAC_PG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int ALMANAC_PG_POSITION = PG_DIAG_STATEMENT_POSITION;
static const int ALMANAC_PG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME;
static const int ALMANAC_PG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY;
static const int ALMANAC_PG_DETAIL = PG_DIAG_MESSAGE_DETAIL;
static const int ALMANAC_PG_HINT = PG_DIAG_MESSAGE_HINT;
#endif

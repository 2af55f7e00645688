#ifndef ALMANAC_OPENAPI_H
#define ALMANAC_OPENAPI_H

#include <stddef.h>

/// The written contract, `openapi.yaml` in UTF-8, compiled in so that the binary needs no files beside it.
const unsigned char *almanac_openapi(void);
size_t almanac_openapi_size(void);

#endif

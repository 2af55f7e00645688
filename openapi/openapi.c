#include "openapi.h"

// C23's way of compiling a file in: a Swift array literal of this length takes the compiler a minute.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "openapi.yaml"
};

const unsigned char *almanac_openapi(void) { return document; }
size_t almanac_openapi_size(void) { return sizeof document; }

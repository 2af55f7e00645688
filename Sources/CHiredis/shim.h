#ifndef ALMANAC_CHIREDIS_H
#define ALMANAC_CHIREDIS_H
#include <hiredis/hiredis.h>
#endif

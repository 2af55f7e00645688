#ifndef ALMANAC_CEVENTFD_H
#define ALMANAC_CEVENTFD_H
#include <sys/eventfd.h>
#include <sys/prctl.h>

// Macros of casts and enumerations of flags are not imported into Swift.
static inline int almanac_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
// What the system's tools call the calling thread; Linux keeps 15 bytes.
static inline void almanac_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name, 0, 0, 0); }
#endif

#include "profile.h"

#include <stdio.h>
#include <string.h>

static const char *const APIS[PROFILE_APIS] = {"js", "java", "objc"};
static const char *const CHANNELS[PROFILE_CHANNELS] = {"android", "ios", "windows", "web"};

enum {
  ANDROID = 1 << PROFILE_ANDROID,
  IOS = 1 << PROFILE_IOS,
  WINDOWS = 1 << PROFILE_WINDOWS,
  WEB = 1 << PROFILE_WEB,
  ALL = ANDROID | IOS | WINDOWS | WEB,
  NOBODY = 0
};

/* PRG-04, OPT-17 and CAN-01 name the channels; the rest is the adapter's own matter. */
static const struct capability CAPABILITIES[] = {
    {"progress", ANDROID | IOS, "", "progress callbacks (windows: where the port claims them)"},
    {"cancelSync", ANDROID | IOS | WINDOWS, " cancelSync ", "cancelSync at service and object level"},
    {"objectLevel", ALL, "", "startSync of one object"},
    {"serviceLevel", ALL, "", "startSync of one service"},
    {"uploadCache", ALL, "", "timed-out uploads are kept and sent again"},
    {"hierarchy", ALL, "", "related records travel nested"},
    {"preserveBatchContext", ANDROID | IOS, "", "a failed download is taken up at its page"},
    {"kill", NOBODY, "", "the runner may end the process at any moment"},
    {"restart", NOBODY, "", "open over a storage that was closed"},
    {"localCrud", ALL, " create update delete get markForUpload getPendingRecordsForUpload ",
     "local create, read, update, delete"},
    {"editsDuringSync", NOBODY, "", "local calls are answered while a sync runs"},
    {"rawOptions", NOBODY, "", "options that are no object, through optionsRaw"},
    {"int64", NOBODY, "", "integers above 2^53"},
    {"largeRecords", NOBODY, "", "records of one megabyte"},
    {"identity", NOBODY, " setClaimsToken ", "the claims token can be changed"},
    {"network", NOBODY, " setNetwork ", "the network can be taken away"},
};

static bool find_word(const char *const *words, int count, const char *name, int *out) {
  for (int i = 0; name && i < count; i++) {
    if (strcmp(words[i], name) != 0) continue;
    *out = i;
    return true;
  }
  return false;
}

const char *profile_api_name(enum profile_api api) { return APIS[api]; }
const char *profile_channel_name(enum profile_channel channel) { return CHANNELS[channel]; }

bool profile_api_find(const char *name, enum profile_api *out) {
  int found;
  if (!find_word(APIS, PROFILE_APIS, name, &found)) return false;
  *out = (enum profile_api)found;
  return true;
}

bool profile_channel_find(const char *name, enum profile_channel *out) {
  int found;
  if (!find_word(CHANNELS, PROFILE_CHANNELS, name, &found)) return false;
  *out = (enum profile_channel)found;
  return true;
}

bool profile_version_read(const char *text, struct profile_version *out) {
  unsigned major, minor;
  if (!text || sscanf(text, "%4u.%4u", &major, &minor) != 2) return false;
  *out = (struct profile_version){major, minor};
  return true;
}

int profile_version_compare(struct profile_version a, struct profile_version b) {
  if (a.major != b.major) return a.major < b.major ? -1 : 1;
  return a.minor < b.minor ? -1 : a.minor > b.minor;
}

size_t capability_count(void) { return sizeof CAPABILITIES / sizeof *CAPABILITIES; }
const struct capability *capability_row(size_t i) { return &CAPABILITIES[i]; }

int capability_find(const char *name) {
  for (size_t i = 0; name && i < capability_count(); i++)
    if (strcmp(CAPABILITIES[i].name, name) == 0) return (int)i;
  return -1;
}

bool capability_claimed(const struct profile *profile, const char *name) {
  int i = capability_find(name);
  return i >= 0 && (profile->capabilities >> i & 1);
}

const struct capability *capability_of_method(const char *method) {
  char word[64];
  snprintf(word, sizeof word, " %s ", method);
  for (size_t i = 0; i < capability_count(); i++)
    if (strstr(CAPABILITIES[i].methods, word)) return &CAPABILITIES[i];
  return NULL;
}

static void tell_profiles(const struct profile *first, const struct profile *later, char difference[160]) {
  snprintf(difference, 160,
           "a later process of the testee is %s on %s, API %u.%u, and the first one was %s on %s, API %u.%u",
           APIS[later->api], CHANNELS[later->channel], later->version.major, later->version.minor,
           APIS[first->api], CHANNELS[first->channel], first->version.major, first->version.minor);
}

static void tell_capabilities(uint32_t first, uint32_t later, char difference[160]) {
  size_t i = 0;
  while (((first ^ later) >> i & 1) == 0) i++;
  bool lost = first >> i & 1;
  snprintf(difference, 160, "a later process of the testee %s the capability %s, and the first one %s",
           lost ? "does not claim" : "claims", CAPABILITIES[i].name, lost ? "did" : "did not");
}

bool profile_same(const struct profile *first, const struct profile *later, char difference[160]) {
  difference[0] = '\0';
  if (first->api != later->api || first->channel != later->channel ||
      profile_version_compare(first->version, later->version) != 0)
    tell_profiles(first, later, difference);
  else if (first->capabilities != later->capabilities)
    tell_capabilities(first->capabilities, later->capabilities, difference);
  return difference[0] == '\0';
}

bool capability_promised(const struct profile *profile, size_t i) {
  return CAPABILITIES[i].promised >> profile->channel & 1;
}

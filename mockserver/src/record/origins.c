#include "record/origins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Length of "https://host:port" at the start of `url`, 0 = it is no such URL. */
static size_t origin_length(const char *url) {
  size_t scheme = strncasecmp(url, "https://", 8) == 0 ? 8 : strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
  size_t host = scheme ? strcspn(url + scheme, "/?#") : 0;
  return host ? scheme + host : 0;
}

bool origins_init(struct origins *origins, const char *upstream) {
  if (origin_length(upstream) == 0 || strpbrk(upstream, "?# ")) return false;
  *origins = (struct origins){.upstream = strdup(upstream)};
  if (!origins->upstream) return false;
  for (size_t len = strlen(upstream); origins->upstream[len - 1] == '/'; len--) origins->upstream[len - 1] = '\0';
  pthread_mutex_init(&origins->lock, NULL);
  return true;
}

void origins_done(struct origins *origins) {
  if (!origins->upstream) return;
  for (size_t i = 0; i < origins->count; i++) free(origins->others[i]);
  free(origins->upstream);
  pthread_mutex_destroy(&origins->lock);
}

/* Its number from 1, 0 = there are too many. */
static size_t find_other(struct origins *origins, const char *url, size_t len) {
  size_t found = 0;
  pthread_mutex_lock(&origins->lock);
  for (size_t i = 0; i < origins->count && !found; i++)
    if (strlen(origins->others[i]) == len && strncasecmp(origins->others[i], url, len) == 0) found = i + 1;
  if (!found && origins->count < ORIGINS_MAX && (origins->others[origins->count] = strndup(url, len)))
    found = ++origins->count;
  pthread_mutex_unlock(&origins->lock);
  return found;
}

/* Our URL for that one, the caller's; NULL = it is to stay as it is. */
static char *own_url(struct origins *origins, const char *url) {
  struct base_buf out = BASE_BUF_INIT;
  size_t base = strlen(origins->upstream), len = origin_length(url);
  if (len == 0) return NULL;
  if (strncasecmp(url, origins->upstream, base) == 0 && (url[base] == '\0' || strchr("/?#", url[base]))) {
    base_buf_printf(&out, "%s%s", origins->own, url + base);
    return base_buf_steal(&out);
  }
  size_t number = find_other(origins, url, len);
  if (number == 0) return NULL;
  base_buf_printf(&out, "%s/@%zu%s", origins->own, number, url + len);
  return base_buf_steal(&out);
}

void origins_rewrite(struct origins *origins, cJSON *document) {
  cJSON *child;
  cJSON_ArrayForEach(child, document) {
    char *url = cJSON_IsString(child) ? own_url(origins, child->valuestring) : NULL;
    if (url) cJSON_SetValuestring(child, url);
    free(url);
    origins_rewrite(origins, child);
  }
}

char *origins_resolve(struct origins *origins, const char *path, const char **rest) {
  struct base_buf url = BASE_BUF_INIT;
  char *end = NULL;
  size_t number = strncmp(path, "/@", 2) == 0 ? strtoul(path + 2, &end, 10) : 0;
  const char *base = origins->upstream;
  *rest = number ? end : path;
  pthread_mutex_lock(&origins->lock);
  if (number) base = number <= origins->count ? origins->others[number - 1] : NULL;
  if (base) base_buf_printf(&url, "%s%s", base, *rest);
  pthread_mutex_unlock(&origins->lock);
  return base ? base_buf_steal(&url) : NULL;
}

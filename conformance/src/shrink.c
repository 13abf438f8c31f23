#include "shrink.h"

struct search {
  bool *kept;
  size_t count;
  unsigned asked, most;
  shrink_question *still_fails;
  void *context;
};

static size_t count_kept(const struct search *search) {
  size_t kept = 0;
  for (size_t i = 0; i < search->count; i++) kept += search->kept[i];
  return kept;
}

/* Leave out `size` of the kept steps before `end`; `places` remembers which. Returns where the first of them stands. */
static size_t leave_out(struct search *search, size_t end, size_t size, size_t *places) {
  size_t at = end, found = 0;
  while (at > 0 && found < size) {
    if (!search->kept[--at]) continue;
    search->kept[at] = false;
    places[found++] = at;
  }
  places[found] = search->count; /* the end of the list */
  return at;
}

static void put_back(struct search *search, const size_t *places) {
  for (; *places < search->count; places++) search->kept[*places] = true;
}

static bool ask(struct search *search) {
  search->asked++;
  return search->still_fails(search->context, search->kept, search->count);
}

/* Try to do without each stretch of `size` steps, the last ones first. Returns whether one was not needed. */
static bool sweep(struct search *search, size_t size, size_t *places) {
  bool shorter = false;
  for (size_t end = search->count; end > 0 && search->asked < search->most;) {
    end = leave_out(search, end, size, places);
    if (places[0] == search->count) break; /* nothing is kept before it */
    if (ask(search)) shorter = true;
    else put_back(search, places);
  }
  return shorter;
}

unsigned shrink(bool *kept, size_t count, unsigned most, shrink_question *still_fails, void *context) {
  size_t places[SHRINK_STEPS_MAX + 1];
  struct search search = {kept, count, 0, most, still_fails, context};
  if (count > SHRINK_STEPS_MAX) return 0;
  for (size_t size = count / 2; size > 0 && search.asked < most;) {
    bool shorter = sweep(&search, size, places);
    if (size > 1) size /= 2;
    else if (!shorter || count_kept(&search) < 2) break;
  }
  return search.asked;
}

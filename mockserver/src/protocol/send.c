/*
 * The answer's way out. Header and body are one piece, unless a rule says otherwise. What no HTTP library would
 * send (a wrong length, a part of the answer, two answers, bytes that are no HTTP) is written by ourselves: the
 * connection is CivetWeb's, its bytes are ours.
 *
 * `ended` is set when the last byte is about to leave (SEQ-01), status and body stand in the journal before that, on disk too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "journal/file.h"
#include "protocol/compress.h"
#include "protocol/cors.h"
#include "protocol/serving.h"

/* How the plan's rules let the answer travel. */
struct travel {
  size_t head_len, body_len;
  int64_t length_off;   /* Content-Length says so much more */
  bool cut, reset;      /* only `cut_at` bytes of the whole, then the end */
  size_t cut_at;
  size_t chunk;         /* bytes in one go, 0 = all */
  int64_t pause_ms;     /* between two */
  unsigned copies;      /* of the whole answer */
  struct base_buf packed; /* the body as gzip, when it travels so */
  bool closes;
};

/* ---- the head ---- */

/* As digits at the end of `out`; returns where they begin. */
static const char *print_number(int64_t number, char out[24]) {
  char *at = out + 23;
  uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  *at = '\0';
  do *--at = (char)('0' + left % 10);
  while (left /= 10);
  if (number < 0) *--at = '-';
  return at;
}

/* RFC 9110, 6.4.1: such an answer has no body, and does not say how long it is, unless a rule wants it wrong. */
static bool is_bodiless(const struct serving *s, const struct travel *travel) {
  return http_has_no_body(s->answer.status) && travel->body_len == 0 && travel->length_off == 0;
}

static void make_headers(const struct serving *s, const struct travel *travel) {
  enum { USUAL = 96 };
  char length[24];
  struct base_buf *list = &s->entry->answer_headers;
  const cJSON *header;
  base_buf_reserve(list, USUAL);
  if (!is_bodiless(s, travel)) {
    headers_add(list, "Content-Length", print_number((int64_t)travel->body_len + travel->length_off, length));
    headers_add(list, "Content-Type", s->answer.type ? s->answer.type : "application/json");
  }
  cJSON_ArrayForEach(header, s->answer.headers)
    if (cJSON_IsString(header)) headers_set(list, header->string, header->valuestring);
  if (s->answer.allow) headers_add(list, "Allow", s->answer.allow);
  if (travel->packed.len > 0) headers_add(list, "Content-Encoding", "gzip");
  if (travel->closes) headers_add(list, "Connection", "close");
  for (size_t i = 0; i < s->plan.count; i++)
    for (size_t k = 0; k < s->plan.rules[i]->action_count; k++) {
      const struct rule_action *action = &s->plan.rules[i]->actions[k];
      if (action->kind == ACTION_HEADER) headers_set(list, action->text, action->more);
    }
  if (!s->world->no_cors) cors_add_headers(s->entry, list);
}

static char *put(char *to, const char *text) {
  size_t len = strlen(text);
  memcpy(to, text, len);
  return to + len;
}

/* Two ends of texts in a pair become four bytes. */
static void write_head(struct serving *s, struct travel *travel, struct base_buf *out) {
  enum { STATUS_LINE = 128 };
  const struct base_buf *list = &s->entry->answer_headers;
  const char *name, *value = NULL;
  char status[24];
  make_headers(s, travel);
  char *head = base_buf_reserve(out, STATUS_LINE + 2 * list->len), *at = head;
  if (!head) return;
  at = put(put(put(put(put(at, "HTTP/1.1 "), print_number(s->answer.status, status)), " "), http_reason(s->answer.status)), "\r\n");
  while (headers_next(list, &name, &value)) at = put(put(put(put(at, name), ": "), value), "\r\n");
  at = put(at, "\r\n");
  base_buf_added(out, (size_t)(at - head));
  travel->head_len = out->len;
}

/* ---- the body ---- */

static void note_body(struct serving *s) {
  struct answer *answer = &s->answer;
  struct base_buf *bytes = &s->entry->answer_bytes;
  s->entry->status = answer->raw ? 0 : answer->status;
  if (answer->text) {
    cJSON *json = NULL;
    base_buf_append(bytes, answer->text, answer->text_len ? answer->text_len : strlen(answer->text));
    json_parse(base_buf_string(bytes), bytes->len, JSON_LAST_COUNTS, &json, NULL);
    s->entry->answer_failed = answer_says_failed(json);
    s->entry->answer_opstatus = answer_opstatus(json);
    cJSON_Delete(json);
    return;
  }
  if (!answer->shared && answer->json) answer_share(answer);
  if (answer->shared) journal_share_answer(s->entry, answer->shared);
}

/* ---- what rules do to it ---- */

static void plan_travel(const struct serving *s, struct travel *travel) {
  const struct rule_action *cut = rules_find(&s->plan, ACTION_CUT), *length = rules_find(&s->plan, ACTION_LENGTH);
  const struct rule_action *trickle = rules_find(&s->plan, ACTION_TRICKLE), *truncate = rules_find(&s->plan, ACTION_TRUNCATE);
  travel->copies = rules_find(&s->plan, ACTION_TWICE) ? 2 : 1;
  travel->chunk = trickle ? (size_t)trickle->number : 0;
  travel->pause_ms = trickle ? trickle->second : 0;
  travel->length_off = length ? length->number : 0;
  travel->cut = cut || truncate;
  travel->reset = cut && cut->second;
  travel->closes = travel->cut || length || travel->copies > 1 || s->answer.raw ||
                   s->answer.status == 401; /* CivetWeb closes behind a 401 */
}

/* W-7: the journal keeps what was said, the wire carries it packed. */
static void pack(const struct serving *s, struct travel *travel) {
  const struct base_buf *body = &s->entry->answer_bytes;
  if (!rules_find(&s->plan, ACTION_GZIP) || s->answer.raw || s->answer.huge) return;
  if (compress_accepted(journal_header(s->entry, "accept-encoding"))) compress_gzip(body->data, body->len, &travel->packed);
}

static void find_cut(const struct serving *s, struct travel *travel, size_t whole) {
  const struct rule_action *cut = rules_find(&s->plan, ACTION_CUT), *truncate = rules_find(&s->plan, ACTION_TRUNCATE);
  if (truncate) travel->cut_at = travel->head_len + (size_t)truncate->number;
  if (cut) travel->cut_at = (size_t)cut->number;
  if (travel->cut_at > whole) travel->cut_at = whole;
}

/* ---- sending ---- */

static bool send_unlocked(struct serving *s, const char *bytes, size_t len) {
  mock_world_unlock(s->world);
  bool sent = http_peer_send(s->peer, bytes, len);
  mock_world_lock(s->world);
  if (sent) s->entry->sent += len;
  return sent;
}

static void pause_for(struct serving *s, int64_t ms) {
  struct base_clock clock = base_clock_system();
  int64_t until = clock.monotonic_ms(clock.context) + ms;
  while (!s->world->closed && clock.monotonic_ms(clock.context) < until) mock_world_wait(s->world, until);
}

/* `len` more bytes are about to leave. On disk they have left: a client that has its answer finds it there. */
static void record(struct serving *s, size_t len) {
  struct journal_entry *entry = s->entry;
  entry->left = journal_now(s->world);
  entry->recorded = true;
  entry->sent += len;
  journal_file_answer(s->world, entry, NULL);
  entry->sent -= len;
}

static bool end_now(struct serving *s, enum journal_end end, size_t len) {
  if (!wait_client(s)) return false;
  s->entry->ended = world_next_order(s->world);
  s->entry->end = end;
  record(s, len);
  return true;
}

/* All bytes of an answer. Of a huge one the head alone is there: its body is made on the way, and nobody keeps it. */
struct outgoing {
  const struct base_buf *laid;
  size_t huge; /* bytes of the body behind a head, 0 = all is laid out */
  char *block; /* the piece of it that is at hand */
};

enum { BLOCK = 256 * 1024 };

/* The part of `text`, which stands at `text_at`, that lies in the `len` bytes from `at`. */
static void lay(char *to, size_t at, size_t len, const char *text, size_t text_len, size_t text_at) {
  size_t from = text_at > at ? text_at : at, end = text_at + text_len < at + len ? text_at + text_len : at + len;
  if (from < end) memcpy(to + (from - at), text + (from - text_at), end - from);
}

/* {"opstatus":0,"padding":"xxxx…"} behind its head, and again if there are two. */
static void make_piece(const struct outgoing *out, size_t at, size_t len) {
  static const char BEGIN[] = "{\"opstatus\":0,\"padding\":\"", END[] = "\"}";
  size_t unit = out->laid->len + out->huge;
  memset(out->block, 'x', len);
  for (size_t begin = at / unit * unit; begin < at + len; begin += unit) {
    lay(out->block, at, len, out->laid->data, out->laid->len, begin);
    lay(out->block, at, len, BEGIN, sizeof BEGIN - 1, begin + out->laid->len);
    lay(out->block, at, len, END, sizeof END - 1, begin + unit - (sizeof END - 1));
  }
}

static bool send_piece(struct serving *s, const struct outgoing *out, size_t at, size_t len) {
  if (out->huge == 0) return send_unlocked(s, base_buf_string(out->laid) + at, len);
  make_piece(out, at, len);
  return send_unlocked(s, out->block, len);
}

/* In pieces as the rules want it; the last piece leaves after `ended` was set. */
static bool send_pieces(struct serving *s, const struct outgoing *out, size_t len, const struct travel *travel) {
  size_t at = 0, piece = travel->chunk;
  if (out->huge > 0 && (piece == 0 || piece > BLOCK)) piece = BLOCK;
  if (serving_has_point(s, POINT_FIRST_BYTE) && len > 0) {
    if (!send_piece(s, out, 0, 1)) return false;
    at = 1;
    serving_point(s, POINT_FIRST_BYTE);
  }
  while (piece > 0 && len - at > piece) {
    if (s->world->closed || !send_piece(s, out, at, piece)) return false;
    at += piece;
    if (travel->chunk > 0) pause_for(s, travel->pause_ms);
  }
  return end_now(s, travel->cut ? END_CUT : END_ANSWERED, len - at) && send_piece(s, out, at, len - at);
}

static void note_given_up(struct serving *s) {
  if (s->entry->excused || s->world->closed || s->world->gave_up[0]) return;
  snprintf(s->world->gave_up, sizeof s->world->gave_up, "the client closed the connection on request %llu (%s %.120s)",
           (unsigned long long)s->entry->seq, s->entry->method, s->entry->path);
}

static void end_connection(struct serving *s, bool reset) {
  if (reset) http_peer_reset(s->peer);
  else http_peer_close(s->peer);
}

/* Head and body in one go. */
static bool send_plainly(struct serving *s, const struct base_buf *head, const struct base_buf *body) {
  if (!end_now(s, END_ANSWERED, head->len + body->len)) return false;
  mock_world_unlock(s->world);
  bool sent = http_peer_send_both(s->peer, head, body);
  mock_world_lock(s->world);
  if (sent) s->entry->sent += head->len + body->len;
  return sent;
}

static bool is_plain(const struct serving *s, const struct travel *travel) {
  return travel->copies == 1 && !travel->cut && travel->chunk == 0 && !s->answer.raw && !serving_has_point(s, POINT_FIRST_BYTE);
}

/* The buffer may move when it grows. */
static void repeat(struct base_buf *out, size_t len) {
  char *room = base_buf_reserve(out, len);
  if (!room) return;
  memcpy(room, out->data, len);
  base_buf_added(out, len);
}

static bool send_whole(struct serving *s, struct travel *travel, const struct outgoing *out, size_t whole) {
  find_cut(s, travel, whole);
  return send_pieces(s, out, travel->cut ? travel->cut_at : whole, travel);
}

static bool send_huge(struct serving *s, struct travel *travel, const struct base_buf *head) {
  CLEANUP(free_text) char *block = malloc(BLOCK);
  const struct outgoing out = {head, travel->body_len, block};
  return block && send_whole(s, travel, &out, travel->copies * (head->len + travel->body_len));
}

/* The whole answer is laid out first. */
static bool send_copies(struct serving *s, struct travel *travel, struct base_buf *laid, const struct base_buf *body) {
  base_buf_append(laid, body->data, body->len);
  for (size_t len = laid->len; travel->copies > 1; travel->copies--) repeat(laid, len);
  return !laid->failed && send_whole(s, travel, &(struct outgoing){.laid = laid}, laid->len);
}

static bool send_all(struct serving *s, struct travel *travel) {
  static const struct base_buf NOTHING = BASE_BUF_INIT;
  const struct base_buf *body = travel->packed.len > 0 ? &travel->packed : &s->entry->answer_bytes;
  struct base_buf out = BASE_BUF_INIT;
  bool sent, heads = !s->answer.raw && http_is_head(s->entry->method); /* such an answer has no body */
  if (heads) body = &NOTHING;
  if (!s->answer.raw) write_head(s, travel, &out);
  if (s->answer.huge && !heads) sent = !out.failed && send_huge(s, travel, &out);
  else if (is_plain(s, travel)) sent = !out.failed && send_plainly(s, &out, body);
  else sent = send_copies(s, travel, &out, body);
  base_buf_done(&out);
  return sent;
}

void send_answer(struct serving *s) {
  struct travel travel = {0};
  note_body(s);
  s->entry->generated = s->answer.huge;
  pack(s, &travel);
  travel.body_len = s->answer.huge ? s->answer.huge : travel.packed.len > 0 ? travel.packed.len : s->entry->answer_bytes.len;
  plan_travel(s, &travel);
  bool sent = send_all(s, &travel);
  base_buf_done(&travel.packed);
  if (!sent) note_given_up(s);
  if (!sent && s->entry->end != END_GONE) s->entry->end = END_GONE;
  if (s->entry->ended == 0) s->entry->ended = world_next_order(s->world);
  if (!sent || travel.closes) end_connection(s, travel.reset);
  if (sent) serving_point(s, POINT_ANSWERED);
}

void send_nothing(struct serving *s) {
  if (s->entry->ended == 0) {
    s->entry->ended = world_next_order(s->world);
    s->entry->end = s->reset ? END_RESET : END_CLOSED;
  }
  record(s, 0);
  end_connection(s, s->reset);
}

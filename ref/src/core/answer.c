#include "core/answer.h"

#include <string.h>

#include "base/decimal.h"
#include "base/json_reader.h"
#include "core/codes.h"

enum {
  OPSTATUS_FIRST_GOOD = 500100,
  OPSTATUS_LAST_GOOD = 500200,
  OPSTATUS_IN_PROGRESS = 500210
};

/* What the body says, as far as the table asks. */
enum body_kind {
  BODY_NOT_JSON = 1 << 0,     /* empty, no JSON, no object, or an opstatus of another type */
  BODY_GOOD = 1 << 1,         /* opstatus missing, 0 or 500100..500200 */
  BODY_IN_PROGRESS = 1 << 2,  /* 500210 */
  BODY_BAD = 1 << 3,          /* any other opstatus */
  BODY_NO_OPSTATUS = 1 << 4,  /* JSON without one; comes together with BODY_GOOD */
  BODY_ANY = 31
};

/* A status class: one status, 2xx, or all others. */
enum { STATUS_SUCCESS = -2, STATUS_OTHER = -1 };

/* wire.md 10 and NET-06, in the order of its rows: the first that fits decides. UPC-10: 500210 keeps a replay. */
static const struct row {
  int status;
  unsigned body;
  int code;
  bool unknown;     /* W-41 */
  bool keep_replay; /* W-43 */
  const char *says;
} rows[] = {
    {STATUS_SUCCESS, BODY_NOT_JSON, VMX_CODE_ANSWER, true, true, "the answer is empty or not JSON"},
    {STATUS_SUCCESS, BODY_GOOD, 0, false, false, ""},
    {STATUS_SUCCESS, BODY_IN_PROGRESS, VMX_CODE_IN_PROGRESS, true, true,
     "the server still works on this request"},
    {STATUS_SUCCESS, BODY_ANY, VMX_CODE_OPSTATUS, false, false, "the server reported an error"},
    {408, BODY_ANY, VMX_CODE_SOCKET_TIMEOUT, true, true, "the server timed out"},
    {504, BODY_ANY, VMX_CODE_CONNECT_TIMEOUT, true, true, "a gateway timed out"},
    {503, BODY_ANY, VMX_CODE_OPSTATUS, false, false, "the server is not available"},
    {429, BODY_IN_PROGRESS | BODY_BAD, VMX_CODE_OPSTATUS, false, true, "too many requests"},
    {429, BODY_ANY, VMX_CODE_NETWORK, false, true, "too many requests"},
    {STATUS_OTHER, BODY_IN_PROGRESS | BODY_BAD, VMX_CODE_OPSTATUS, false, false,
     "the server reported an error"},
    {STATUS_OTHER, BODY_ANY, VMX_CODE_NETWORK, false, false, "the server refused the request"},
};

/* No answer: one row for each way. */
static const struct {
  int code;
  bool unknown;
  const char *says;
} transports[] = {
    [VMX_ANSWERED] = {0, false, ""},
    [VMX_CONNECT_TIMEOUT] = {VMX_CODE_CONNECT_TIMEOUT, true, "connecting took too long"},
    [VMX_ANSWER_TIMEOUT] = {VMX_CODE_SOCKET_TIMEOUT, true, "no complete answer came in time"},
    [VMX_CUT] = {VMX_CODE_SOCKET_TIMEOUT, true, "the connection ended before the answer did"},
    [VMX_REFUSED] = {VMX_CODE_CANNOT_CONNECT, false, "the server cannot be connected to"},
    [VMX_HOST_NOT_FOUND] = {VMX_CODE_HOST_NOT_FOUND, false, "the server's name is not found"},
    [VMX_NO_CONNECTIVITY] = {VMX_CODE_NO_CONNECTIVITY, false, "there is no network"},
    [VMX_TLS_FAILED] = {VMX_CODE_SECURITY, false, "the secure connection failed"},
    [VMX_BAD_URL] = {VMX_CODE_URL, false, "the URL is bad"},
    [VMX_ANSWER_TOO_LARGE] = {VMX_CODE_ANSWER, true, "the answer is too large or cannot be decoded"},
    [VMX_TRANSPORT_FAILED] = {VMX_CODE_NETWORK, false, "the network layer failed"},
};

bool vmx_opstatus_good(int64_t opstatus) {
  return opstatus == 0 || (opstatus >= OPSTATUS_FIRST_GOOD && opstatus <= OPSTATUS_LAST_GOOD);
}

bool vmx_opstatus_read(const char *raw, size_t len, int64_t *out) {
  if (len >= 2 && raw[0] == '"') {
    raw++;
    len -= 2;
  }
  return decimal_integer(raw, len, out);
}

static enum body_kind kind_of(int64_t opstatus) {
  if (vmx_opstatus_good(opstatus)) return BODY_GOOD;
  return opstatus == OPSTATUS_IN_PROGRESS ? BODY_IN_PROGRESS : BODY_BAD;
}

/* Reads to the first opstatus, and to the end unless that one is good: rubbish before an error is
 * decided here, rubbish behind a good opstatus by the decoder of the call. */
static unsigned read_body(const struct vmx_answer *answer, int64_t *opstatus) {
  struct json_reader reader;
  json_reader_init(&reader, answer->body ? answer->body : "", answer->body ? answer->len : 0);
  if (json_next(&reader) != JSON_OBJECT_BEGIN) return BODY_NOT_JSON;
  unsigned kind = BODY_GOOD | BODY_NO_OPSTATUS;
  while (json_next(&reader) == JSON_KEY) {
    bool is_opstatus = json_token_is(&reader, "opstatus");
    if (!json_skip(&reader, json_next(&reader))) return BODY_NOT_JSON;
    if (!is_opstatus) continue;
    if (!vmx_opstatus_read(reader.text + reader.start, reader.end - reader.start, opstatus))
      return BODY_NOT_JSON;
    kind = kind_of(*opstatus);
    if (kind == BODY_GOOD) return kind;
  }
  return json_next(&reader) == JSON_END ? kind : (unsigned)BODY_NOT_JSON;
}

static bool status_fits(int wanted, int status) {
  bool success = status >= 200 && status <= 299;
  if (wanted == STATUS_SUCCESS) return success;
  return wanted == STATUS_OTHER ? !success : wanted == status;
}

static const struct row *find_row(int status, unsigned body) {
  const struct row *row = rows;
  while (!status_fits(row->status, status) || !(row->body & body)) row++;
  return row; /* the last two rows take every status */
}

static struct vmx_verdict judge_transport(enum vmx_transport transport, struct base_error *err) {
  base_fail(err, transports[transport].code, "NET-01", "%s", transports[transport].says);
  return (struct vmx_verdict){.code = transports[transport].code,
                              .unknown = transports[transport].unknown,
                              .keep_replay = transports[transport].unknown};
}

static void say(int code, const struct row *row, const struct vmx_answer *answer, int64_t opstatus,
                struct base_error *err) {
  if (opstatus != 0)
    base_fail(err, code, "NET-01", "%s (HTTP %d, opstatus %lld)", row->says, answer->status,
              (long long)opstatus);
  else base_fail(err, code, "NET-01", "%s (HTTP %d)", row->says, answer->status);
}

struct vmx_verdict vmx_answer_judge(enum vmx_call call, const struct vmx_answer *answer,
                                    struct base_error *err) {
  if (answer->transport != VMX_ANSWERED) return judge_transport(answer->transport, err);
  struct vmx_verdict verdict = {0};
  unsigned body = read_body(answer, &verdict.opstatus);
  const struct row *row = find_row(answer->status, body);
  verdict.code = row->code;
  verdict.unknown = row->unknown;
  verdict.keep_replay = row->keep_replay;
  verdict.has_objects = row->code == VMX_CODE_OPSTATUS && row->status == STATUS_SUCCESS;
  if (call == VMX_CALL_REPLAY && row->code == VMX_CODE_ANSWER && answer->len == 0)
    verdict.code = VMX_CODE_REPLAY; /* W-43 */
  if (verdict.code != 0) say(verdict.code, row, answer, verdict.opstatus, err);
  return verdict;
}

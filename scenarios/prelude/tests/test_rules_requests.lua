-- Each rule about a request by itself can hold and can break, over journals that are right and wrong.
local tests = {}

local function breaks(rule, requests, schema)
  for i, request in ipairs(requests) do
    request.seq, request.service = i, request.service or "Org"
    request.records, request.findings = request.records or {}, request.findings or {}
  end
  return require("prelude.rules")[rule] { requests = requests, schema = schema, tokens = {} }
end

local RULES = { "headers", "spelling", "given_back", "bodies", "cache_id", "no_cache_id", "same_replay", "nesting" }

-- Which of them a finding breaks.
local function broken_by(finding)
  local names = {}
  for _, rule in ipairs(RULES) do
    if #breaks(rule, { { kind = "download", findings = { finding } } }) > 0 then names[#names + 1] = rule end
  end
  return table.concat(names, " ")
end

tests["each finding of the mock breaks the rule of its basis"] = function(case)
  for finding, rule in pairs {
    ["W-5: a POST without X-Http-Method-Override"] = "headers",
    ['W-6: Content-Type is "text/plain", not application/json'] = "headers",
    ["W-6: x-voltmx-authorization and x-kony-authorization have different values"] = "spelling",
    ['W-9: the metadata\'s timestamp "x" was never given'] = "given_back",
    ["W-18: a service-level download without offline=true"] = "bodies",
    ["W-19: the body is no JSON: end"] = "bodies",
    ["W-19: the delta_context of a later page is not the one that was given"] = "given_back",
    ['W-28: the delta "d" was never given for Note and this filter'] = "given_back",
    ["W-31: the upload has no list of records"] = "bodies",
    ["W-41: an upload without RequestCacheId, with upload cache on"] = "cache_id",
    ["W-41: a RequestCacheId where there is no upload cache"] = "no_cache_id",
    ['W-42: RequestCacheId "a" comes again with another body or query'] = "same_replay",
    ["W-48: a delete stands before a create or update of Note"] = "nesting",
  } do
    case.equal(broken_by(finding), rule, finding)
  end
end

tests["what is the user's own, or judged elsewhere, breaks none"] = function(case)
  case.equal(broken_by "W-30: the filter of Employee cannot be read: end", "")
  case.equal(broken_by 'W-6: RequestCacheId "a_b" is not 1 to 50 of 0-9 A-Z a-z -', "", "C-9")
  case.equal(broken_by "W-31: rowId 1 stands behind 2", "", "UPL-01/order")
  case.equal(broken_by 'W-31: no column of Note: "Txet"', "")
  case.equal(broken_by 'W-14: Size of Note is no number: "many"', "")
end

tests["NET-07/path: nothing but metadata, downloads and uploads is asked of the services"] = function(case)
  local function count(kind, path, method)
    return #breaks("paths", { { kind = kind, path = path, method = method or "POST" } })
  end
  case.equal(count("download", "/services/data/v1/Org"), 0)
  case.equal(count("other", "/IST"), 0, "metrics")
  case.equal(count("crud", "/services/data/v1/Org/objects/Note", "GET"), 1)
  case.equal(count("other", "/services/data/v1/Org/object/Note"), 1)
  case.equal(count("crud", "/services/data/v1/Org", "OPTIONS"), 0, "a browser asks first")
end

tests["NET-07/version: the version of the service goes along"] = function(case)
  local document = { services_meta = { Org = { version = "2.1" }, Plain = {} } }
  local function count(headers, service, apps)
    local request = { kind = "download", service = service or "Org", seq = 1, headers = headers, records = {}, findings = {} }
    return #require("prelude.rules").api_version { requests = { request }, apps = apps or { { document = document } } }
  end
  case.equal(count { ["x-voltmx-api-version"] = "2.1" }, 0)
  case.equal(count { ["x-kony-api-version"] = "2.1" }, 0)
  case.equal(count { ["x-voltmx-api-version"] = "1.0" }, 1)
  case.equal(count {}, 1, "missing")
  case.equal(count({}, "Plain"), 0, "without a version")
  case.equal(count({}, "Org", {}), 0, "no document was seen")
end

tests["NET-07/envelope: uploads and downloads have the members of their kind"] = function(case)
  local counts = { totalNamespaces = "0", totalRecords = "0", totalObjects = "0", recordCount = "0" }
  local function upload(without, about)
    local body = { checksum = "", sessionID = "", hasMoreRecords = "false", abortonError = "false", _metadata = counts }
    if without then body[without] = nil end
    return #breaks("envelopes", { { kind = "upload", body = body, records = { { _metadata = about or { checksum = "", ignore_duplicate = "false" } } } } })
  end
  local function download(body) return #breaks("envelopes", { { kind = "download", body = body } }) end
  case.equal(upload(), 0)
  case.equal(upload "sessionID", 1)
  case.equal(upload "_metadata", 1)
  case.equal(upload(nil, { checksum = "" }), 1, "of a record")
  case.equal(download {}, 0)
  case.equal(download { delta_context = {} }, 0)
  case.equal(download { delta_context = {}, clientid = "a" }, 1)
  case.equal(download(nil), 0, "no JSON: NET-07/body")
end

local SCHEMA = { Note = { key = { "Id" } }, Line = { key = { "OrderId", "LineNo" } } }

local function record(object, row_id, fields)
  fields._metadata = { object = object, rowId = row_id, action = "update" }
  return fields
end

tests["NET-07/body: records have a rowId of their own and their whole key"] = function(case)
  local function count(...) return #breaks("bodies", { { kind = "upload", records = { ... } } }, SCHEMA) end
  case.equal(count(record("Note", 1, { Id = "a" }), record("Note", "2", { Id = "b" })), 0)
  case.equal(count(record("Line", 1, { OrderId = -1, LineNo = 2 })), 0)
  case.equal(count(record("Line", 1, { OrderId = -1 })), 1, "half a key")
  case.equal(count(record("Note", 1, { Id = require("foundry").null })), 1, "a null key")
  case.equal(count(record("Note", 1, { Id = "a" }), record("Note", 1, { Id = "b" })), 1, "one rowId twice")
  case.equal(count(record("Note", -1, { Id = "a" }), record("Note", -1, { Id = "b" })), 0, "carriers")
  case.equal(count(record("Note", -2, { Id = "a" })), 1, "below -1")
  case.equal(count(record("Note", 1.5, { Id = "a" })), 1, "no whole number")
  case.equal(count(record("Note", nil, { Id = "a" })), 1, "none")
  case.equal(count { Id = "a" }, 1, "no _metadata")
  case.equal(count(record("Stranger", 1, {})), 0, "what the metadata does not know has no known key")
end

return tests

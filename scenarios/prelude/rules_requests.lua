-- The rules about a request by itself: is it what a Foundry must be sent?
--
-- The mock reads every request by the wire rules and writes down what is wrong with it (Request.findings, "W-6: …"). Those
-- sentences are judged here, each under the requirement that has its basis. What a user's own text causes is no finding
-- about the port: a filter that cannot be read (W-30) is passed on as it is.
local evidence = require "prelude.evidence"
local journal = require "prelude.journal"
local values = require "prelude.values"

local rules = {}

---API-08/token: the token travels raw, in one of the two spellings.
function rules.raw_token(seen)
  local breaks = {}
  if not next(seen.tokens) then return breaks end
  for _, request in ipairs(seen.requests) do
    local headers = request.headers or {}
    local token = headers["x-voltmx-authorization"] or headers["x-kony-authorization"]
    if journal.is_traffic(request) and not seen.tokens[token or ""] then
      breaks[#breaks + 1] = ("the authorization header is %s: %s"):format(
        token and '"' .. token .. '"' or "missing", evidence.describe(request))
    end
  end
  return breaks
end

-- ---- findings ----

-- Which finding counts for which rule. The first row whose `begins` it begins with decides; nil = it is only noted.
local FINDINGS = {
  { begins = "W-6: RequestCacheId" }, -- C-9: other characters are reported, never failed
  { begins = "W-6: x-voltmx-", rule = "spelling" },
  { begins = "W-5:", rule = "headers" }, { begins = "W-6:", rule = "headers" },
  { begins = "W-19: the delta_context of a later page", rule = "given_back" },
  { begins = "W-28:", rule = "given_back" }, { begins = "W-9:", rule = "given_back" },
  { begins = "W-18:", rule = "body" }, { begins = "W-19:", rule = "body" },
  { begins = "W-31: rowId" }, -- UPL-01/order judges
  { begins = "W-31: no column" }, -- of values, as W-8 and W-13 to W-15: what an app wrote, and a schema may have moved on since (SET-03)
  { begins = "W-31:", rule = "body" },
  { begins = "W-41: an upload without", rule = "cache_id" }, { begins = "W-41: a RequestCacheId", rule = "no_cache_id" },
  { begins = "W-42:", rule = "same_replay" },
  { begins = "W-47:", rule = "nesting" }, { begins = "W-48:", rule = "nesting" },
}

local function rule_of(finding)
  for _, row in ipairs(FINDINGS) do
    if finding:sub(1, #row.begins) == row.begins then return row.rule end
  end
end

-- The rule that judges the findings of one kind.
local function findings_of(rule)
  return function(seen)
    local breaks = {}
    for _, request in ipairs(seen.requests) do
      for _, finding in ipairs(request.findings or {}) do
        if rule_of(finding) == rule then breaks[#breaks + 1] = finding .. ": " .. evidence.describe(request) end
      end
    end
    return breaks
  end
end

---NET-07: a POST with the override and the type of JSON; the metadata are asked for in their version (W-5, W-6).
rules.headers = findings_of "headers"
---NET-07/spelling: the two spellings of a header do not contradict each other (W-6, C-10).
rules.spelling = findings_of "spelling"
---NET-07/context: deltas, contexts of pages and timestamps go back as the server gave them (W-9, W-19, W-28).
rules.given_back = findings_of "given_back"
---UPC-01, UPC-01/off: cache ids are there with an upload cache, and only then (W-41).
rules.cache_id = findings_of "cache_id"
rules.no_cache_id = findings_of "no_cache_id"
---UPC-02: what comes under a known cache id is what came under it before (W-42).
rules.same_replay = findings_of "same_replay"
---HIE-02: records nest as relations and operations let them (W-47, W-48).
rules.nesting = findings_of "nesting"

-- ---- paths ----

-- What an Offline Objects client has to do with the data of services are uploads and downloads.
local function stray_path(request)
  local path = request.path or ""
  local is_data = path:find("/services/data/", 1, true) or path:find("/services/metadata/", 1, true)
  return is_data and (request.kind == "crud" or request.kind == "other")
end

---NET-07/path: nothing else is asked of the services than metadata, downloads and uploads (W-2 to W-5).
function rules.paths(seen)
  local breaks = {}
  for _, request in ipairs(seen.requests) do
    if stray_path(request) and request.method ~= "OPTIONS" then
      breaks[#breaks + 1] = ("%s of %s is no call of a sync: %s"):format(request.method or "?", request.path, evidence.describe(request))
    end
  end
  return breaks
end

-- ---- the version of the service ----

local function read_versions(versions, document)
  local services = type(document) == "table" and document.services_meta
  for name, service in pairs(type(services) == "table" and services or {}) do
    local version = type(service) == "table" and service.version
    if type(version) == "string" then
      versions[name] = versions[name] or {}
      versions[name][version] = true
    end
  end
end

-- The versions that the apps may know of each service, from the documents that they were given or asked for.
local function known_versions(seen)
  local versions = {}
  for _, app in ipairs(seen.apps or {}) do read_versions(versions, app.document) end
  for _, request in ipairs(seen.requests) do
    if request.kind == "document" then read_versions(versions, request.answer) end
  end
  return versions
end

---NET-07/version: every call of a service names its version, when it is known (W-6).
function rules.api_version(seen)
  local breaks, versions = {}, known_versions(seen)
  for _, request in ipairs(seen.requests) do
    local known, headers = versions[request.service or ""], request.headers or {}
    local version = headers["x-voltmx-api-version"] or headers["x-kony-api-version"]
    local is_call = journal.is_traffic(request) or request.kind == "metadata"
    if is_call and known and not known[version or ""] then
      breaks[#breaks + 1] = ("the header API-Version is %s: %s"):format(version and '"' .. version .. '"' or "missing",
        evidence.describe(request))
    end
  end
  return breaks
end

-- ---- envelopes ----

local ENVELOPE = { "checksum", "sessionID", "hasMoreRecords", "abortonError", "_metadata" }
local COUNTS = { "totalNamespaces", "totalRecords", "totalObjects", "recordCount" }
local OF_RECORD = { "checksum", "ignore_duplicate" } -- the others are in NET-07/body

local function missing_member(value, names)
  for _, name in ipairs(names) do
    if type(value) ~= "table" or value[name] == nil then return name end
  end
end

local function flaw_of_upload(request)
  local missing = missing_member(request.body, ENVELOPE) or missing_member(request.body._metadata, COUNTS)
  if missing then return "the upload has no " .. missing end
  for _, record in ipairs(request.records) do
    missing = missing_member(record._metadata, OF_RECORD)
    if missing then return "a record's _metadata has no " .. missing end
  end
end

local function flaw_of_download(request)
  for name in pairs(request.body) do
    if name ~= "delta_context" then return ("the download has a member %s"):format(tostring(name)) end
  end
end

local ENVELOPES = { upload = flaw_of_upload, download = flaw_of_download }

---NET-07/envelope: an upload has all members of the client that was observed, a download none but `delta_context` (W-19, W-31).
function rules.envelopes(seen)
  local breaks = {}
  for _, request in ipairs(seen.requests) do
    local find = type(request.body) == "table" and ENVELOPES[request.kind]
    local flaw = find and find(request)
    if flaw then breaks[#breaks + 1] = flaw .. ": " .. evidence.describe(request) end
  end
  return breaks
end

-- ---- records ----

local function missing_key(described, record)
  for _, column in ipairs(described and described.key or {}) do
    if values.is_absent(record[column]) then return column end
  end
end

-- What is wrong with a record; `row_ids` remembers those of the request.
local function flaw_of_record(seen, record, row_ids)
  local about = type(record._metadata) == "table" and record._metadata or {}
  local row_id = values.decimal(about.rowId)
  if not row_id then return "a record has no rowId that is a number" end
  if math.type(tonumber(about.rowId)) ~= "integer" or tonumber(about.rowId) < -1 then return "the rowId " .. about.rowId end
  if row_ids[row_id] and tonumber(about.rowId) >= 0 then return "two records with the rowId " .. about.rowId end
  row_ids[row_id] = true
  local column = missing_key((seen.schema or {})[about.object or ""], record)
  return column and ("a record of %s lacks its key %s"):format(about.object, column)
end

local function flaws_of_records(seen, request)
  local breaks, row_ids = {}, {}
  for _, record in ipairs(request.records or {}) do
    local flaw = flaw_of_record(seen, record, row_ids)
    if flaw then breaks[#breaks + 1] = flaw .. ": " .. evidence.describe(request) end
  end
  return breaks
end

---NET-07/body: bodies are JSON of their shape, and every record names its object, action, rowId and key (W-18, W-19, W-31).
function rules.bodies(seen)
  local breaks = findings_of "body"(seen)
  for _, request in ipairs(seen.requests) do
    if request.kind == "upload" then
      local flaws = flaws_of_records(seen, request)
      table.move(flaws, 1, #flaws, #breaks + 1, breaks)
    end
  end
  return breaks
end

return rules
